import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Manifest } from '../../src/index.ts';
import { listen } from '../kit/mock/listen.ts';

export interface StorageAnswer {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
}

/** Answers a request, given its path without the SAS, its SAS and its headers. */
type Origin = (path: string, sasToken: string, headers: Record<string, string>) => Promise<StorageAnswer>;

/** Answers a request with a fault. `ask` returns the correct response, for another SAS if one is passed. */
export type Fault = (response: ServerResponse, ask: (sasToken?: string) => Promise<StorageAnswer>) => unknown;

export interface StorageRequest {
  blob: string;
  sasToken: string;
  range: string | undefined;
  ifMatch: string | undefined;
  /** The status from the storage itself, if the request was forwarded. */
  status?: number;
}

/** Forwards requests to a running storage. */
export function forwardTo(storageUrl: string): Origin {
  return async (path, sasToken, headers) => {
    const onward = request(`${storageUrl}${path}?${sasToken}`, { headers }).end();
    const [answer] = await once(onward, 'response');
    const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...rest } = answer.headers;
    const body = await buffer(answer);
    return { status: answer.statusCode, headers: { ...rest, 'content-length': `${body.length}` }, body };
  };
}

/** Serves blobs from memory, with the MD5 that `md5` returns. Accepts every SAS. */
export function memory(blobs: Record<string, Uint8Array>, md5: (bytes: Uint8Array) => string | undefined): Origin {
  return async (path, _, { range, 'if-match': ifMatch }) => {
    const blob = blobs[decodeURIComponent(path.split('/').at(-1) ?? '')];
    const none = new Uint8Array();
    if (!blob) return { status: 404, headers: { 'x-ms-error-code': 'BlobNotFound' }, body: none };
    const etag = `"0x${createHash('sha1').update(blob).digest('hex')}"`;
    if (ifMatch !== undefined && ifMatch !== etag) return { status: 412, headers: {}, body: none };
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    if (range && start >= blob.length) {
      return { status: 416, headers: { 'content-range': `bytes */${blob.length}` }, body: none };
    }
    const sum = md5(blob);
    const headers = {
      etag,
      'content-length': `${blob.length - start}`,
      ...(sum !== undefined && { [range ? 'x-ms-blob-content-md5' : 'content-md5']: sum }),
      ...(range && { 'content-range': `bytes ${start}-${blob.length - 1}/${blob.length}` }),
    };
    return { status: range ? 206 : 200, headers, body: blob.subarray(start) };
  };
}

/** Starts a proxy in front of a storage. Calls `faultFor` for each request; without a fault, forwards it. */
export async function startFaultyStorage(origin: Origin, faultFor: (blob: string) => Fault | undefined) {
  const requests: StorageRequest[] = [];
  const server = createServer(async (message, response) => {
    const [path = '', sasToken = ''] = (message.url ?? '').split('?');
    const { host: _, connection: __, ...headers } = message.headers as Record<string, string>;
    const blob = decodeURIComponent(path.split('/').at(-1) ?? '');
    const entry: StorageRequest = { blob, sasToken, range: headers.range, ifMatch: headers['if-match'] };
    requests.push(entry);
    const ask = async (other = sasToken) => {
      const answer = await origin(path, other, headers);
      entry.status = answer.status;
      return answer;
    };
    await (faultFor(blob) ?? pass)(response, ask);
  });
  const { host, close } = await listen(server);
  const url = `http://${host}`;
  return {
    url,
    requests,
    /** Returns the manifest with the address of this proxy. */
    behind: (manifest: Manifest): Manifest => ({
      ...manifest,
      rootDirectory: manifest.rootDirectory.replace(/^https?:\/\/[^/]+/, url),
    }),
    close,
  };
}

function send(response: ServerResponse, { status, headers, body }: StorageAnswer): void {
  response.writeHead(status, headers);
  response.end(body);
}

const pass: Fault = async (response, ask) => send(response, await ask());

export function refuse(status: number, headers: Record<string, string> = {}): Fault {
  return (response) => send(response, { status, headers, body: new Uint8Array() });
}

/** Answers as for another SAS. */
export function withSas(sasToken: string): Fault {
  return async (response, ask) => send(response, await ask(sasToken));
}

/** What happens to the connection after a share of the body. */
const endings = {
  reset: (response: ServerResponse) => response.socket?.resetAndDestroy(),
  close: (response: ServerResponse) => response.destroy(),
  stall: () => {},
};

/** Breaks off after a share of the body, from 0 to 1, which is `sized` by a Content-Length or chunked. */
export function breakOff(how: keyof typeof endings, share: number, length: 'sized' | 'chunked' = 'sized'): Fault {
  return async (response, ask) => {
    const { status, headers, body } = await ask();
    const { 'content-length': contentLength = '', ...rest } = headers;
    response.writeHead(status, length === 'sized' ? { ...rest, 'content-length': contentLength } : rest);
    response.write(body.subarray(0, Math.floor(body.length * share)), () => endings[how](response));
  };
}

/** Breaks off after this number of bytes of the body. */
export function breakOffAfter(bytes: number, how: keyof typeof endings): Fault {
  return async (response, ask) => {
    const { status, headers, body } = await ask();
    response.writeHead(status, headers);
    response.write(body.subarray(0, bytes), () => endings[how](response));
  };
}

/** Does not answer. */
export function silent(how: keyof typeof endings): Fault {
  return (response) => endings[how](response);
}

/** Sends another body: `sized` by its own length, `chunked`, or with the length of the `true` blob. */
export function alter(
  change: (body: Buffer) => Uint8Array,
  length: 'sized' | 'chunked' | 'true' = 'sized',
  changes: Record<string, string> = {},
): Fault {
  return async (response, ask) => {
    const { status, headers, body: original } = await ask();
    const { 'content-length': contentLength = '', 'content-md5': _, 'x-ms-blob-content-md5': __, ...rest } = headers;
    const body = change(Buffer.from(original));
    const lengths = { sized: `${body.length}`, true: contentLength, chunked: undefined };
    const announced = lengths[length];
    response.writeHead(status, {
      ...rest,
      ...(announced !== undefined && { 'content-length': announced }),
      ...changes,
    });
    response.end(body);
  };
}

/** Sends the correct response in pieces, each after `beforePiece` has resolved. */
export function drip(bytes: number, beforePiece: (bytes: number) => Promise<void>): Fault {
  return async (response, ask) => {
    const { status, headers, body } = await ask();
    response.writeHead(status, headers);
    for (let start = 0; start < body.length && !response.destroyed; start += bytes) {
      const piece = body.subarray(start, start + bytes);
      await beforePiece(piece.length);
      response.write(piece);
    }
    response.end();
  };
}

/** Sends the correct response after the promise has resolved. */
export function hold(until: Promise<unknown>): Fault {
  return async (response, ask) => {
    const answer = await ask();
    await until;
    send(response, answer);
  };
}
