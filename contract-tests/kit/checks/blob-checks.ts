import { fullOnly } from '../document/attribute-sets.ts';
import { quote } from '../document/quote.ts';
import { type Breach, breach, type Check, documentation, withoutManifest } from './check.ts';
import type { Exchange } from './exchange.ts';
import type { BlobContent } from './read-blob.ts';
import type { Visit } from './visit.ts';
import type { BlobVisit, StorageVisit } from './visit-blob.ts';

function withoutBlob(visit: Visit): string {
  const { manifest, blobs } = visit;
  if (!manifest) return withoutManifest(visit);
  return blobs.length > 0 ? 'the storage sent no blob' : 'the manifest lists no blob that can be read';
}

/** Checks every blob that the storage sent. */
function ofEach(
  breaches: (content: BlobContent, name: string, exchange: Exchange) => Breach[],
): Pick<Check, 'breaches' | 'without'> {
  return {
    without: withoutBlob,
    breaches({ blobs }) {
      const answers = blobs.filter(({ content }) => content);
      if (answers.length === 0) return undefined;
      return answers.flatMap(({ name, content, exchange }) =>
        content && exchange ? breaches(content, quote(name), exchange) : [],
      );
    },
  };
}

/** Checks how the storage answered other requests for the first blob. */
function ofFirst(
  breaches: (storage: StorageVisit, content: BlobContent) => Breach[],
): Pick<Check, 'breaches' | 'without'> {
  return {
    without: withoutBlob,
    breaches: ({ storage, blobs }) => storage && blobs[0]?.content && breaches(storage, blobs[0].content),
  };
}

/** Returns the breach of a blob that the storage did not send. */
function unreadable(where: string, { exchange, unreachable }: BlobVisit): Breach[] {
  const received = exchange ? `${exchange.status}` : `no answer (${unreachable})`;
  return received === '200' ? [] : [breach(where, received, '200', exchange)];
}

const refusal = 'a refusal, such as 403';
const isRefusal = ({ status }: Exchange) => status >= 400 && status < 500;

export const blobChecks: Check[] = [
  {
    name: 'blob-readable',
    demands: 'serves every blob to a request with the SAS and no bearer token',
    see: documentation.getBlob,
    without: (visit) => (visit.manifest ? 'the manifest lists no blob that can be read' : withoutManifest(visit)),
    breaches({ blobs }) {
      if (blobs.length === 0) return undefined;
      return blobs.flatMap((blob) => unreadable(`blob ${quote(blob.name)}`, blob));
    },
  },
  {
    name: 'blob-needs-sas',
    demands: 'refuses a blob to a request without the SAS',
    see: documentation.sas,
    ...ofFirst(({ withoutSas }) =>
      isRefusal(withoutSas) ? [] : [breach('blob without SAS', `${withoutSas.status}`, refusal, withoutSas)],
    ),
  },
  {
    name: 'blob-refuses-expired-sas',
    demands: 'refuses a blob to a request with a SAS whose expiry was moved to the past',
    see: documentation.sas,
    ...ofFirst(({ expiredSas }) =>
      isRefusal(expiredSas) ? [] : [breach('blob with an expired SAS', `${expiredSas.status}`, refusal, expiredSas)],
    ),
  },
  {
    name: 'blob-etag',
    demands: 'sends an ETag, with which a broken download can be resumed',
    see: documentation.getBlob,
    ...ofEach((_, name, exchange) =>
      exchange.headers.has('etag') ? [] : [breach(`blob ${name}`, 'no ETag', 'one', exchange)],
    ),
  },
  {
    name: 'blob-range',
    demands: 'answers a Range request with 206 and the requested bytes',
    see: documentation.getBlob,
    ...ofFirst(({ range }, { head, length }) => {
      const part = `bytes 0-${head.length - 1}/${length}`;
      if (range.status !== 206) return [breach('bytes 0 to 15', `${range.status}`, '206', range)];
      const received = range.headers.get('content-range');
      if (received !== part) return [breach('Content-Range', quote(received), part, range)];
      if (Buffer.compare(range.bytes, head) === 0) return [];
      return [breach('bytes 0 to 15', 'other bytes', 'the first of the blob', range)];
    }),
  },
  {
    name: 'blob-if-match',
    demands: 'answers 412 if If-Match names another version of the blob',
    see: documentation.conditions,
    ...ofFirst(({ otherVersion }) =>
      otherVersion.status === 412
        ? []
        : [breach('If-Match with another ETag', `${otherVersion.status}`, '412', otherVersion)],
    ),
  },
  {
    name: 'blob-md5',
    demands: 'sends the right MD5, if it sends one',
    see: documentation.getBlob,
    ...ofEach(({ md5 }, name, exchange) => {
      const { headers } = exchange;
      const header = headers.get('content-md5') ?? headers.get('x-ms-blob-content-md5') ?? md5;
      return header === md5 ? [] : [breach(`MD5 of blob ${name}`, quote(header), md5, exchange)];
    }),
  },
  {
    name: 'blob-gzip',
    demands: 'stores a blob as gzip',
    see: documentation.gzip,
    ...ofEach(({ corrupt }, name, exchange) =>
      corrupt === undefined ? [] : [breach(`blob ${name}`, corrupt, 'gzip of UTF-8 text', exchange)],
    ),
  },
  {
    name: 'blob-lines',
    demands: 'stores one JSON object per line',
    see: documentation.jsonLines,
    ...ofEach(({ notObjects }, name, exchange) =>
      notObjects.map((line) => breach(`blob ${name} ${line}`, 'something else', 'a JSON object', exchange)),
    ),
  },
  {
    name: 'line-item-schema',
    demands: 'has the documented attributes as text, and amounts, prices, rates and quantities as decimals',
    see: documentation.exportAction,
    ...ofEach(({ notLineItems }, name, exchange) =>
      notLineItems.map((problem) => ({ problem: `blob ${name} ${problem}`, exchange })),
    ),
  },
  {
    name: 'line-item-currency',
    demands: 'bills the line items in the currency of the export',
    see: documentation.exportAction,
    without: (visit) => (hasContent(visit) ? 'no line item has a BillingCurrency' : withoutBlob(visit)),
    breaches({ blobs, request: { currencyCode } }) {
      const all = blobs.flatMap(({ name, exchange, content }) =>
        [...(content?.currencies ?? [])].map((currency) => ({ name, exchange, currency })),
      );
      if (all.length === 0) return undefined;
      return all
        .filter(({ currency }) => currency.toUpperCase() !== currencyCode.toUpperCase())
        .map(({ name, exchange, currency }) =>
          breach(`BillingCurrency in blob ${quote(name)}`, quote(currency), quote(currencyCode), exchange),
        );
    },
  },
  {
    name: 'line-item-attribute-set',
    demands: 'leaves the attributes of the full set out of an export of the basic set',
    see: documentation.exportAction,
    without: (visit) =>
      hasContent(visit) ? 'the export of the basic attribute set gave no line item' : withoutBlob(visit),
    breaches(visit) {
      const { basic } = visit;
      // If the full export cannot be read either, other checks fail.
      if (!basic || !hasContent(visit)) return undefined;
      if (!basic.blob) {
        const { status, json } = basic.exchange;
        const type = (json as Record<string, unknown> | undefined)?.['@odata.type'];
        const received = type === undefined ? `${status}` : `${status} ${quote(type)}`;
        return [breach('basic export', received, 'a success, as for the full attribute set', basic.exchange)];
      }
      const { name, content, exchange } = basic.blob;
      if (!content) return unreadable(`basic export, blob ${quote(name)}`, basic.blob);
      if (content.lineCount === 0) return undefined;
      const more = [...content.attributes].filter((attribute) => fullOnly.has(attribute));
      if (more.length === 0) return [];
      const shown = more.slice(0, 5).join(', ') + (more.length > 5 ? ` and ${more.length - 5} more` : '');
      return [
        breach(`basic export, blob ${quote(name)}`, `the attributes ${shown}`, 'only basic attributes', exchange),
      ];
    },
  },
];

const hasContent = ({ blobs }: Visit) => blobs.some(({ content }) => content);
