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

/** Where the answers come from: the path without the SAS, the SAS, and the headers of a request. */
type Origin = (path: string, sasToken: string, headers: Record<string, string>) => Promise<StorageAnswer>;

/** Answers a request in its own way. `ask` gets the true answer, with another SAS where one is given. */
export type Fault = (response: ServerResponse, ask: (sasToken?: string) => Promise<StorageAnswer>) => unknown;

export interface StorageRequest {
  blob: string;
  sasToken: string;
  range: string | undefined;
  ifMatch: string | undefined;
  /** What the storage itself answered, once it was asked. */
  status?: number;
}

/** A running storage emulator. */
export function emulator(storageUrl: string): Origin {
  return async (path, sasToken, headers) => {
    const onward = request(`${storageUrl}${path}?${sasToken}`, { headers }).end();
    const [answer] = await once(onward, 'response');
    const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...rest } = answer.headers;
    const body = await buffer(answer);
    return { status: answer.statusCode, headers: { ...rest, 'content-length': `${body.length}` }, body };
  };
}

/** Blobs that are only in memory, for many of them or large ones; with an MD5 where one is given. Takes every SAS. */
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

/** A door before the storage. `faultFor` is asked at each request; without a fault the true answer passes. */
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
    /** The manifest with this door's address. */
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

/** The answer that another SAS gets. */
export function withSas(sasToken: string): Fault {
  return async (response, ask) => send(response, await ask(sasToken));
}

/** How the connection goes on once a share of the body has been given. */
const endings = {
  reset: (response: ServerResponse) => response.socket?.resetAndDestroy(),
  close: (response: ServerResponse) => response.destroy(),
  stall: () => {},
};

/** Breaks off behind a share of the body, from 0 to 1: `stated` with its length, or chunked. */
export function breakOff(how: keyof typeof endings, share: number, length: 'stated' | 'chunked' = 'stated'): Fault {
  return async (response, ask) => {
    const { status, headers, body } = await ask();
    const { 'content-length': stated = '', ...rest } = headers;
    response.writeHead(status, length === 'stated' ? { ...rest, 'content-length': stated } : rest);
    response.write(body.subarray(0, Math.floor(body.length * share)), () => endings[how](response));
  };
}

/** Breaks off behind so many bytes of the body. */
export function breakOffAfter(bytes: number, how: keyof typeof endings): Fault {
  return async (response, ask) => {
    const { status, headers, body } = await ask();
    response.writeHead(status, headers);
    response.write(body.subarray(0, bytes), () => endings[how](response));
  };
}

/** Does not answer at all. */
export function silent(how: keyof typeof endings): Fault {
  return (response) => endings[how](response);
}

/** Gives another body, whole by HTTP: `stated` with its own length, `chunked`, or with the `true` blob's length. */
export function alter(
  change: (body: Buffer) => Uint8Array,
  length: 'stated' | 'chunked' | 'true' = 'stated',
  changes: Record<string, string> = {},
): Fault {
  return async (response, ask) => {
    const { status, headers, body: original } = await ask();
    const { 'content-length': stated = '', 'content-md5': _, 'x-ms-blob-content-md5': __, ...rest } = headers;
    const body = change(Buffer.from(original));
    const lengths = { stated: `${body.length}`, true: stated, chunked: undefined };
    const announced = lengths[length];
    response.writeHead(status, {
      ...rest,
      ...(announced !== undefined && { 'content-length': announced }),
      ...changes,
    });
    response.end(body);
  };
}

/** Gives the true answer in pieces, each once `beforePiece` has resolved. */
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

/** The true answer, once the promise has resolved. */
export function hold(until: Promise<unknown>): Fault {
  return async (response, ask) => {
    const answer = await ask();
    await until;
    send(response, answer);
  };
}
