import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto';
import type { ServiceAnswer, ServiceRequest } from './independent-exchange.ts';

export interface IndependentStorage {
  /** The blobs of every directory. */
  names(): string[];
  /** The query that opens a directory for the next hour, as a manifest states it. */
  sasToken(directory: string): string;
  /** The version of a directory's data: the same as long as the data is. */
  version(directory: string): string;
  answer(request: ServiceRequest): ServiceAnswer;
}

export const blobPath = /^(\/unbilled(?:\/\w+=[^/]+)+)\/([^/]+)$/;

const lifetime = 3_600_000;
const serviceVersion = '2024-08-04';

/** Holds the same blobs below every directory; what a SAS opens is one of them. */
export function openIndependentStorage(blobs: Record<string, Uint8Array>): IndependentStorage {
  const key = randomBytes(32);

  const sign = (directory: string, sas: URLSearchParams): string => {
    const signed = ['sp', 'se', 'sv', 'sr'].map((name) => sas.get(name) ?? '');
    return createHmac('sha256', key)
      .update([`/blob${directory}`, ...signed].join('\n'))
      .digest('base64');
  };

  const refusal = (directory: string, request: ServiceRequest): ServiceAnswer | undefined => {
    // It drops one question mark: not the one of a SAS that was given with its own.
    const sas = new URLSearchParams(`?${request.query}`);
    // The storage has no business with a token of Graph.
    if (request.headers.authorization !== undefined) return problem(400, 'InvalidAuthenticationInfo');
    if (sas.get('sig') !== sign(directory, sas)) {
      return problem(403, 'AuthenticationFailed', 'Signature did not match.');
    }
    if (!(Date.parse(sas.get('se') ?? '') > Date.now())) {
      return problem(403, 'AuthenticationFailed', 'Signature not valid in the specified time frame.');
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return problem(403, 'AuthorizationPermissionMismatch');
    }
    return undefined;
  };

  return {
    names: () => Object.keys(blobs),
    sasToken: (directory) => {
      const se = `${new Date(Date.now() + lifetime).toISOString().slice(0, 19)}Z`;
      const sas = new URLSearchParams({ sv: serviceVersion, se, sr: 'd', sp: 'rl' });
      sas.set('sig', sign(directory, sas));
      return sas.toString();
    },
    version: (directory) => {
      const hash = createHash('sha256').update(directory);
      for (const [name, bytes] of Object.entries(blobs)) hash.update(`\n${name} ${bytes.length}\n`).update(bytes);
      return hash.digest('base64url').slice(0, 16);
    },
    answer: (request) => {
      const [, directory = '', name = ''] = blobPath.exec(request.path) ?? [];
      const refused = refusal(directory, request);
      if (refused) return refused;
      const bytes = Object.hasOwn(blobs, name) ? blobs[name] : undefined;
      return bytes ? read(bytes, request.headers) : problem(404, 'BlobNotFound');
    },
  };
}

function read(bytes: Uint8Array, asked: Record<string, string>): ServiceAnswer {
  const etag = `"0x${createHash('sha256').update(bytes).digest('hex').slice(0, 15).toUpperCase()}"`;
  const wanted = asked['if-match']?.split(',').map((each) => each.trim());
  if (wanted && !wanted.includes('*') && !wanted.includes(etag)) return problem(412, 'ConditionNotMet');

  const md5 = createHash('md5').update(bytes).digest('base64');
  const headers = {
    ...common(),
    'content-type': 'application/octet-stream',
    'accept-ranges': 'bytes',
    etag,
    'x-ms-blob-type': 'BlockBlob',
  };
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(asked.range ?? '') ?? [];
  const end = Math.min(last ? Number(last) : Number.POSITIVE_INFINITY, bytes.length - 1);
  // What is not a range is to be ignored: https://www.rfc-editor.org/rfc/rfc9110#section-14.2
  if (first === undefined || (last && Number(last) < Number(first))) {
    return { status: 200, headers: { ...headers, 'content-md5': md5 }, body: bytes };
  }
  if (Number(first) >= bytes.length) {
    const answer = problem(416, 'InvalidRange');
    answer.headers['content-range'] = `bytes */${bytes.length}`;
    return answer;
  }
  return {
    status: 206,
    // Content-MD5 would be that of the part: the whole's has a name of its own.
    headers: { ...headers, 'content-range': `bytes ${first}-${end}/${bytes.length}`, 'x-ms-blob-content-md5': md5 },
    body: bytes.subarray(Number(first), end + 1),
  };
}

function problem(status: number, code: string, detail?: string): ServiceAnswer {
  const more = detail ? `<AuthenticationErrorDetail>${detail}</AuthenticationErrorDetail>` : '';
  return {
    status,
    headers: { ...common(), 'content-type': 'application/xml', 'x-ms-error-code': code },
    body: `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>Refused.</Message>${more}</Error>`,
  };
}

function common(): Record<string, string> {
  return { date: new Date().toUTCString(), 'x-ms-version': serviceVersion, 'x-ms-request-id': randomUUID() };
}
