import { breach, type Check, documentation } from './check.ts';
import type { BlobVisit } from './visit-blob.ts';

/** A rule about the first blob, where there is one that was sent. */
function ofBlob(breaches: (blob: BlobVisit) => string[]): Check['breaches'] {
  return ({ blob }) => (blob?.whole.status === 200 ? breaches(blob) : undefined);
}

export const blobChecks: Check[] = [
  {
    name: 'blob-readable',
    demands: 'hands out a blob for the SAS alone, without a bearer token',
    see: documentation.getBlob,
    breaches: ({ blob }) => blob && (blob.whole.status === 200 ? [] : [breach('blob', `${blob.whole.status}`, '200')]),
  },
  {
    name: 'blob-needs-sas',
    demands: 'keeps a blob from whoever has no SAS',
    see: documentation.sas,
    breaches: ofBlob(({ withoutSas: { status } }) =>
      status >= 400 && status < 500 ? [] : [breach('blob without SAS', `${status}`, 'a refusal, such as 403')],
    ),
  },
  {
    name: 'blob-etag',
    demands: 'sends the ETag by which a broken download goes on',
    see: documentation.getBlob,
    breaches: ofBlob(({ whole }) => (whole.headers.has('etag') ? [] : [breach('blob', 'no ETag', 'one')])),
  },
  {
    name: 'blob-range',
    demands: 'sends the asked part of a blob as 206',
    see: documentation.getBlob,
    breaches: ofBlob(({ range: { status, headers, bytes }, head, length }) => {
      const part = `bytes 0-${head.length - 1}/${length}`;
      if (status !== 206) return [breach('bytes 0 to 15', `${status}`, '206')];
      if (headers.get('content-range') !== part)
        return [breach('Content-Range', `${headers.get('content-range')}`, part)];
      return Buffer.compare(bytes, head) === 0 ? [] : [breach('bytes 0 to 15', 'other bytes', 'the first of the blob')];
    }),
  },
  {
    name: 'blob-if-match',
    demands: 'refuses with 412 to go on with another version of a blob',
    see: documentation.conditions,
    breaches: ofBlob(({ otherVersion: { status } }) =>
      status === 412 ? [] : [breach('If-Match with another ETag', `${status}`, '412')],
    ),
  },
  {
    name: 'blob-md5',
    demands: 'names the MD5 of the bytes that it sends, if it names one',
    see: documentation.getBlob,
    breaches: ofBlob(({ whole: { headers }, md5 }) => {
      const named = headers.get('content-md5') ?? headers.get('x-ms-blob-content-md5') ?? md5;
      return named === md5 ? [] : [breach('Content-MD5', named, md5)];
    }),
  },
  {
    name: 'blob-gzip',
    demands: 'stores a blob as gzip',
    see: documentation.gzip,
    breaches: ofBlob(({ corrupt }) => (corrupt === undefined ? [] : [breach('blob', corrupt, 'gzip of UTF-8 text')])),
  },
  {
    name: 'blob-lines',
    demands: 'has one JSON object a line',
    see: documentation.jsonLines,
    breaches: ofBlob(({ notObjects }) => notObjects.map((line) => breach(line, 'something else', 'a JSON object'))),
  },
  {
    name: 'line-item-schema',
    demands: 'has the documented attributes as text, and amounts, prices, rates and quantities as decimals',
    see: documentation.exportAction,
    breaches: ofBlob(({ notLineItems }) => notLineItems),
  },
];
