import { breach, type Check, documentation } from './check.ts';
import type { BlobAnswers } from './visit-blob.ts';

/** Checks the first blob, if the storage sent one. */
function ofBlob(breaches: (blob: BlobAnswers) => string[]): Pick<Check, 'breaches' | 'without'> {
  return {
    breaches: ({ blob }) => (blob && 'whole' in blob && blob.whole.status === 200 ? breaches(blob) : undefined),
    without: 'no blob was sent',
  };
}

export const blobChecks: Check[] = [
  {
    name: 'blob-readable',
    demands: 'serves a blob to a request with the SAS and no bearer token',
    see: documentation.getBlob,
    breaches({ blob }) {
      if (!blob) return undefined;
      const received = 'whole' in blob ? `${blob.whole.status}` : `no answer (${blob.unreachable})`;
      return received === '200' ? [] : [breach('blob', received, '200')];
    },
    without: 'there is no manifest, or it lists no blob',
  },
  {
    name: 'blob-needs-sas',
    demands: 'refuses a blob to a request without the SAS',
    see: documentation.sas,
    ...ofBlob(({ withoutSas: { status } }) =>
      status >= 400 && status < 500 ? [] : [breach('blob without SAS', `${status}`, 'a refusal, such as 403')],
    ),
  },
  {
    name: 'blob-etag',
    demands: 'sends an ETag, with which a broken download can be resumed',
    see: documentation.getBlob,
    ...ofBlob(({ whole }) => (whole.headers.has('etag') ? [] : [breach('blob', 'no ETag', 'one')])),
  },
  {
    name: 'blob-range',
    demands: 'answers a Range request with 206 and the requested bytes',
    see: documentation.getBlob,
    ...ofBlob(({ range: { status, headers, bytes }, head, length }) => {
      const part = `bytes 0-${head.length - 1}/${length}`;
      if (status !== 206) return [breach('bytes 0 to 15', `${status}`, '206')];
      if (headers.get('content-range') !== part)
        return [breach('Content-Range', `${headers.get('content-range')}`, part)];
      return Buffer.compare(bytes, head) === 0 ? [] : [breach('bytes 0 to 15', 'other bytes', 'the first of the blob')];
    }),
  },
  {
    name: 'blob-if-match',
    demands: 'answers 412 if If-Match names another version of the blob',
    see: documentation.conditions,
    ...ofBlob(({ otherVersion: { status } }) =>
      status === 412 ? [] : [breach('If-Match with another ETag', `${status}`, '412')],
    ),
  },
  {
    name: 'blob-md5',
    demands: 'sends the right MD5, if it sends one',
    see: documentation.getBlob,
    ...ofBlob(({ whole: { headers }, md5 }) => {
      const named = headers.get('content-md5') ?? headers.get('x-ms-blob-content-md5') ?? md5;
      return named === md5 ? [] : [breach('Content-MD5', named, md5)];
    }),
  },
  {
    name: 'blob-gzip',
    demands: 'stores a blob as gzip',
    see: documentation.gzip,
    ...ofBlob(({ corrupt }) => (corrupt === undefined ? [] : [breach('blob', corrupt, 'gzip of UTF-8 text')])),
  },
  {
    name: 'blob-lines',
    demands: 'stores one JSON object per line',
    see: documentation.jsonLines,
    ...ofBlob(({ notObjects }) => notObjects.map((line) => breach(line, 'something else', 'a JSON object'))),
  },
  {
    name: 'line-item-schema',
    demands: 'has the documented attributes as text, and amounts, prices, rates and quantities as decimals',
    see: documentation.exportAction,
    ...ofBlob(({ notLineItems }) => notLineItems),
  },
];
