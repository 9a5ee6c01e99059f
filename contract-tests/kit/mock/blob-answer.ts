import { createHash, randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface BlobAnswer {
  status: number;
  headers: Record<string, string>;
  body: string | Uint8Array;
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
export function blobAnswer(bytes: Uint8Array, request: IncomingHttpHeaders): BlobAnswer {
  const md5 = createHash('md5').update(bytes).digest('base64');
  const etag = `"0x${createHash('sha256').update(bytes).digest('hex').slice(0, 15).toUpperCase()}"`;
  const etags = request['if-match']?.split(',').map((each) => each.trim());
  if (etags && !etags.includes('*') && !etags.includes(etag)) return blobError(412, 'ConditionNotMet');

  const headers = {
    ...common(),
    'content-type': 'application/octet-stream',
    'accept-ranges': 'bytes',
    'last-modified': 'Tue, 01 Oct 2024 08:37:46 GMT',
    'x-ms-blob-type': 'BlockBlob',
    etag,
  };
  const range = rangeOf(`${request['x-ms-range'] ?? request.range ?? ''}`, bytes.length);
  if (range === undefined) return { status: 200, headers: { ...headers, 'content-md5': md5 }, body: bytes };
  const { first, last } = range;
  if (first >= bytes.length) {
    const error = blobError(416, 'InvalidRange');
    return { ...error, headers: { ...error.headers, 'content-range': `bytes */${bytes.length}` } };
  }
  return {
    status: 206,
    // Content-MD5 would be the MD5 of the part. The MD5 of the whole blob has a separate header.
    headers: { ...headers, 'content-range': `bytes ${first}-${last}/${bytes.length}`, 'x-ms-blob-content-md5': md5 },
    body: bytes.subarray(first, last + 1),
  };
}

/** Returns the bytes that a `Range` asks for. A value that is not a range is ignored, as RFC 9110 says. */
function rangeOf(value: string, length: number): { first: number; last: number } | undefined {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(value) ?? [];
  if (from === undefined || (to && Number(to) < Number(from))) return undefined;
  return { first: Number(from), last: Math.min(to ? Number(to) : Number.POSITIVE_INFINITY, length - 1) };
}

/**
 * Returns an error response of the storage.
 *
 * @see https://learn.microsoft.com/rest/api/storageservices/status-and-error-codes2
 */
export function blobError(status: number, code: keyof typeof messages, detail?: string): BlobAnswer {
  const more = detail ? `<AuthenticationErrorDetail>${detail}</AuthenticationErrorDetail>` : '';
  const message = `<Code>${code}</Code><Message>${messages[code]}</Message>`;
  return {
    status,
    headers: { ...common(), 'content-type': 'application/xml', 'x-ms-error-code': code },
    body: `<?xml version="1.0" encoding="utf-8"?><Error>${message}${more}</Error>`,
  };
}

function common(): Record<string, string> {
  return { 'x-ms-request-id': randomUUID(), 'x-ms-version': '2022-11-02' };
}
