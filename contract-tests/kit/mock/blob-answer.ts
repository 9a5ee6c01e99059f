import { createHash, randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { StoredBlob } from './stored-blob.ts';

export interface BlobAnswer {
  status: number;
  headers: Record<string, string>;
  /** The length of the body in bytes. */
  length: number;
  /** Returns the body, or the first bytes of it. */
  body: (length?: number) => Readable;
}

/** The messages of Azure. */
const messages = {
  AuthenticationFailed: 'Server failed to authenticate the request. Make sure the SAS is formed correctly.',
  InvalidAuthenticationInfo: 'Authentication information is not given in the correct format.',
  AuthorizationPermissionMismatch: 'This request is not authorized to perform this operation using this permission.',
  BlobNotFound: 'The specified blob does not exist.',
  ConditionNotMet: 'The condition specified using HTTP conditional header(s) is not met.',
  InvalidRange: 'The range specified is invalid for the current size of the resource.',
} as const;

/**
 * Returns the answer to a permitted request for a blob, for all of it or a part.
 *
 * @see https://learn.microsoft.com/rest/api/storageservices/get-blob
 */
export function blobAnswer(blob: StoredBlob, request: IncomingHttpHeaders): BlobAnswer {
  const { size, md5 } = blob;
  const etag = `"0x${createHash('sha256').update(`${md5} ${size}`).digest('hex').slice(0, 15).toUpperCase()}"`;
  const etags = request['if-match']?.split(',').map((each) => each.trim());
  if (etags && !etags.includes('*') && !etags.includes(etag)) return blobError(412, 'ConditionNotMet');

  const range = rangeOf(`${request['x-ms-range'] ?? request.range ?? ''}`, size);
  if (range && range.start >= size) {
    const error = blobError(416, 'InvalidRange');
    return { ...error, headers: { ...error.headers, 'content-range': `bytes */${size}` } };
  }
  const { start, end } = range ?? { start: 0, end: size };
  return {
    status: range ? 206 : 200,
    headers: {
      ...common(),
      'content-type': 'application/octet-stream',
      'accept-ranges': 'bytes',
      'last-modified': 'Tue, 01 Oct 2024 08:37:46 GMT',
      'x-ms-blob-type': 'BlockBlob',
      etag,
      ...(range && { 'content-range': `bytes ${start}-${end - 1}/${size}` }),
      // Content-MD5 would be the MD5 of the part. The MD5 of the whole blob has a separate header.
      ...(md5 && { [range ? 'x-ms-blob-content-md5' : 'content-md5']: md5 }),
    },
    length: end - start,
    body: (length = end - start) => blob.read(start, start + length),
  };
}

/** Returns the bytes that a `Range` asks for. A value that is not a range is ignored, as RFC 9110 says. */
function rangeOf(value: string, size: number): { start: number; end: number } | undefined {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(value) ?? [];
  if (from === undefined || (to && Number(to) < Number(from))) return undefined;
  return { start: Number(from), end: Math.min(to ? Number(to) + 1 : size, size) };
}

/**
 * Returns an error response of the storage.
 *
 * @see https://learn.microsoft.com/rest/api/storageservices/status-and-error-codes2
 */
export function blobError(status: number, code: keyof typeof messages, detail?: string): BlobAnswer {
  const more = detail ? `<AuthenticationErrorDetail>${detail}</AuthenticationErrorDetail>` : '';
  const message = `<Code>${code}</Code><Message>${messages[code]}</Message>`;
  const body = Buffer.from(`<?xml version="1.0" encoding="utf-8"?><Error>${message}${more}</Error>`);
  return {
    status,
    headers: { ...common(), 'content-type': 'application/xml', 'x-ms-error-code': code },
    length: body.length,
    body: () => Readable.from([body]),
  };
}

function common(): Record<string, string> {
  return { 'x-ms-request-id': randomUUID(), 'x-ms-version': '2022-11-02' };
}
