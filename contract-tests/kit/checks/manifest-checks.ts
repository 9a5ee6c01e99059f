import { spec } from '../document/document.ts';
import { problems } from '../document/problems.ts';
import { quote } from '../document/quote.ts';
import { breach, type Check, documentation } from './check.ts';

export const manifestChecks: Check[] = [
  {
    name: 'manifest-answered',
    demands: 'answers 200 for the manifest that the operation links to',
    see: documentation.manifest,
    without: 'no operation links to its manifest',
    breaches: ({ linkedManifest }) =>
      linkedManifest &&
      (linkedManifest.status === 200 ? [] : [breach('linked manifest', `${linkedManifest.status}`, '200')]),
  },
  {
    name: 'manifest-schema',
    demands: 'puts everything in the manifest that is needed to read the blobs',
    see: documentation.manifest,
    without: 'there is no manifest',
    breaches: ({ manifest }) =>
      manifest &&
      problems('/components/schemas/Manifest', manifest).filter((problem) => !problem.startsWith('/sasToken:')),
  },
  {
    name: 'manifest-blob-count',
    demands: 'counts the blobs that the manifest lists',
    see: documentation.manifest,
    without: 'there is no manifest with blobs and their count',
    breaches: ({ manifest }) =>
      manifest?.blobs && manifest.blobCount !== undefined
        ? manifest.blobCount === manifest.blobs.length
          ? []
          : [breach('blobCount', `${manifest.blobCount}`, `${manifest.blobs.length}, as many as are listed`)]
        : undefined,
  },
  {
    name: 'manifest-formats',
    demands: 'uses a known data format and partition type',
    see: documentation.manifest,
    without: 'there is no manifest',
    breaches: ({ manifest }) =>
      manifest &&
      (['dataFormat', 'partitionType'] as const).flatMap((name) => {
        const known: string[] = spec.components.schemas.Manifest.properties[name]['x-extensible-enum'];
        const value = manifest[name];
        return value === undefined || known.includes(value) ? [] : [breach(name, quote(value), known.join(' or '))];
      }),
  },
  {
    name: 'manifest-directory',
    demands: 'names a root directory to which `/` and a blob name can be appended',
    see: documentation.manifest,
    without: 'there is no manifest with a root directory',
    breaches: ({ manifest }) =>
      manifest && typeof manifest.rootDirectory === 'string'
        ? /[?#]|\/$/.test(manifest.rootDirectory)
          ? [breach('rootDirectory', 'a URL with a query, a fragment or a slash at its end', 'none of them')]
          : []
        : undefined,
  },
  {
    name: 'manifest-blob-names',
    demands: 'gives each blob a unique, plain file name',
    see: documentation.manifest,
    without: 'there is no manifest with blobs',
    breaches({ manifest }) {
      if (!Array.isArray(manifest?.blobs)) return undefined;
      const names = manifest.blobs.map((blob) => blob?.name).filter((name) => typeof name === 'string');
      return names
        .filter((name, i) => /^\.{1,2}$|[/\\?#%\p{Cc}]/u.test(name) || names.indexOf(name) !== i)
        .map((name) => breach('blob name', JSON.stringify(name), 'a plain file name that no other blob has'));
    },
  },
  {
    name: 'manifest-sas',
    demands: 'hands out a signed SAS that has not expired, without a leading `?`',
    see: documentation.sas,
    without: 'there is no manifest with a SAS',
    breaches({ manifest }) {
      if (manifest?.sasToken === undefined) return undefined;
      const malformed = problems('/components/schemas/Manifest/properties/sasToken', manifest.sasToken);
      if (malformed.length > 0) return malformed.map((problem) => `sasToken ${problem}`);
      const sas = new URLSearchParams(manifest.sasToken);
      const expiry = sas.get('se');
      const wrong: [boolean, string, string][] = [
        [!sas.get('sig'), 'no signature (sig)', 'one'],
        [!expiry, 'no expiry (se)', 'one'],
        [expiry !== null && !(Date.parse(expiry) > Date.now()), `the expiry ${expiry}`, 'one in the future'],
      ];
      return wrong.flatMap(([is, received, documented]) => (is ? [breach('sasToken', received, documented)] : []));
    },
  },
  {
    name: 'manifest-etag',
    demands: 'keeps the eTag of a manifest while its data stays the same',
    see: documentation.manifest,
    without: 'the manifest could not be read twice',
    breaches: ({ manifest, manifestAfterwards }) =>
      manifest && manifestAfterwards
        ? manifest.eTag === manifestAfterwards.eTag
          ? []
          : [breach('eTag, asked for again', quote(manifestAfterwards.eTag), quote(manifest.eTag))]
        : undefined,
  },
];
