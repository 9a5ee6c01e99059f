import { spec } from '../document/document.ts';
import { quote } from '../document/quote.ts';
import { breach, type Check, documentation, schemaBreaches, withoutManifest } from './check.ts';
import type { Exchange } from './exchange.ts';
import { isObject, type Visit } from './visit.ts';

/** Returns the answer that contains the manifest: the answer to its link, or to the last poll. */
const sourceOf = ({ linkedManifest, polls }: Visit): Exchange | undefined => linkedManifest ?? polls.at(-1);

export const manifestChecks: Check[] = [
  {
    name: 'manifest-answered',
    demands: 'answers 200 for the manifest that the operation links to',
    see: documentation.manifest,
    without: ({ manifest }) => (manifest ? 'the operation contains its manifest' : 'no operation links to a manifest'),
    breaches: ({ linkedManifest }) =>
      linkedManifest &&
      (linkedManifest.status === 200 && isObject(linkedManifest.json)
        ? []
        : [breach('linked manifest', `${linkedManifest.status}`, '200 and a JSON object', linkedManifest)]),
  },
  {
    name: 'manifest-needs-token',
    demands: 'refuses a manifest to a request without a bearer token',
    see: documentation.errors,
    without: (visit) => (visit.manifest ? 'the manifest has no ID to request it by' : withoutManifest(visit)),
    breaches: ({ manifestWithoutToken: exchange }) =>
      exchange &&
      (exchange.status >= 400 ? [] : [breach('manifest without a token', `${exchange.status}`, '401', exchange)]),
  },
  {
    name: 'manifest-schema',
    demands: 'puts everything in the manifest that is needed to read the blobs',
    see: documentation.manifest,
    without: withoutManifest,
    breaches: (visit) =>
      visit.manifest &&
      schemaBreaches('', '/components/schemas/Manifest', visit.manifest, sourceOf(visit)).filter(
        ({ problem }) => !problem.startsWith('/sasToken:'),
      ),
  },
  {
    name: 'manifest-blob-count',
    demands: 'counts the blobs that the manifest lists',
    see: documentation.manifest,
    without: (visit) => (visit.manifest ? 'the manifest has no blobs or no blob count' : withoutManifest(visit)),
    breaches(visit) {
      const { blobs, blobCount } = visit.manifest ?? {};
      if (!Array.isArray(blobs) || blobCount === undefined) return undefined;
      if (blobCount === blobs.length) return [];
      return [breach('blobCount', `${blobCount}`, `${blobs.length}, the number of listed blobs`, sourceOf(visit))];
    },
  },
  {
    name: 'manifest-formats',
    demands: 'uses a known data format and partition type',
    see: documentation.manifest,
    without: withoutManifest,
    breaches: (visit) =>
      visit.manifest &&
      (['dataFormat', 'partitionType'] as const).flatMap((name) => {
        const values: string[] = spec.components.schemas.Manifest.properties[name]['x-extensible-enum'];
        const value = visit.manifest?.[name];
        if (value === undefined || values.includes(value)) return [];
        return [breach(name, quote(value), values.join(' or '), sourceOf(visit))];
      }),
  },
  {
    name: 'manifest-directory',
    demands: 'names a root directory to which `/` and a blob name can be appended',
    see: documentation.manifest,
    without: (visit) => (visit.manifest ? 'the manifest has no root directory' : withoutManifest(visit)),
    breaches(visit) {
      const { rootDirectory } = visit.manifest ?? {};
      if (typeof rootDirectory !== 'string') return undefined;
      if (!/[?#]|\/$/.test(rootDirectory)) return [];
      const received = 'a URL with a query, a fragment or a trailing slash';
      return [breach('rootDirectory', received, 'a URL without them', sourceOf(visit))];
    },
  },
  {
    name: 'manifest-blob-names',
    demands: 'gives each blob a unique, plain file name',
    see: documentation.manifest,
    without: (visit) => (visit.manifest ? 'the manifest lists no blobs' : withoutManifest(visit)),
    breaches(visit) {
      if (!Array.isArray(visit.manifest?.blobs)) return undefined;
      const names = visit.manifest.blobs.map((blob) => blob?.name).filter((name) => typeof name === 'string');
      return names
        .filter((name, i) => /^\.{1,2}$|[/\\?#%\p{Cc}]/u.test(name) || names.indexOf(name) !== i)
        .map((name) => breach('blob name', quote(name), 'a plain file name that no other blob has', sourceOf(visit)));
    },
  },
  {
    name: 'manifest-sas',
    demands: 'hands out a signed SAS that has not expired, without a leading `?`',
    see: documentation.sas,
    without: (visit) => (visit.manifest ? 'the manifest has no SAS' : withoutManifest(visit)),
    breaches(visit) {
      const { sasToken } = visit.manifest ?? {};
      if (sasToken === undefined) return undefined;
      const source = sourceOf(visit);
      const malformed = schemaBreaches(
        'sasToken',
        '/components/schemas/Manifest/properties/sasToken',
        sasToken,
        source,
      );
      if (malformed.length > 0) return malformed;
      const sas = new URLSearchParams(sasToken);
      const expiry = sas.get('se');
      const wrong: [boolean, string, string][] = [
        [!sas.get('sig'), 'no signature (sig)', 'one'],
        [!expiry, 'no expiry (se)', 'one'],
        [expiry !== null && !(Date.parse(expiry) > Date.now()), `the expiry ${expiry}`, 'one in the future'],
      ];
      return wrong.flatMap(([is, received, documented]) =>
        is ? [breach('sasToken', received, documented, source)] : [],
      );
    },
  },
  {
    name: 'manifest-etag',
    demands: 'keeps the eTag of a manifest while its data stays the same',
    see: documentation.manifest,
    without: (visit) => (visit.manifest ? 'the manifest could not be read twice' : withoutManifest(visit)),
    breaches({ manifest, manifestAfterwards, pollAfterwards }) {
      if (!manifest || !manifestAfterwards) return undefined;
      const [before, after] = [manifest.eTag, manifestAfterwards.eTag];
      return before === after ? [] : [breach('eTag, requested again', quote(after), quote(before), pollAfterwards)];
    },
  },
];
