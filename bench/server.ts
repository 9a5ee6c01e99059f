import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { spec } from '../contract-tests/kit/document/document.ts';
import { createGzipFile, type GzipFile, type Kind } from './blob-data.ts';

/**
 * The service and its storage as a separate process, which shares no thread with what is measured. The service also answers
 * over HTTPS if the environment has a certificate. Every operation is
 * the contract's example of a success. A blob is created on the first request for it.
 */
const operation = Buffer.from(JSON.stringify(spec.components.examples.succeededEmbedded.value));
const blobs = new Map<string, GzipFile>();

function blobOf(path: string): GzipFile | undefined {
  const [, key = '', kind, lines, blocks] = /^\/blobs\/((mixed|ascii|dense)\/(\d+)\/(\d+))\/[\w.-]+$/.exec(path) ?? [];
  if (!key) return undefined;
  const blob = blobs.get(key) ?? createGzipFile(kind as Kind, Number(lines), Number(blocks));
  blobs.set(key, blob);
  return blob;
}

/**
 * Answers a request.
 *
 * @see https://learn.microsoft.com/rest/api/storageservices/get-blob
 */
async function serve({ method, url = '', headers }: IncomingMessage, response: ServerResponse): Promise<void> {
  if (url.startsWith('/v1.0/reports/partners/billing/operations/')) {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': operation.length });
    response.end(operation);
    return;
  }
  const blob = blobOf(url.split('?')[0] ?? '');
  if (!blob) return void response.writeHead(404).end();
  const etag = `"${blob.md5}"`;
  if (headers['if-match'] !== undefined && headers['if-match'] !== etag) return void response.writeHead(412).end();
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? [];
  const from = Number(first ?? 0);
  const to = last ? Math.min(Number(last) + 1, blob.size) : blob.size;
  if (from >= to) return void response.writeHead(416, { 'content-range': `bytes */${blob.size}` }).end();
  response.writeHead(first === undefined ? 200 : 206, {
    'accept-ranges': 'bytes',
    'content-length': to - from,
    'content-type': 'application/octet-stream',
    'last-modified': 'Tue, 01 Oct 2024 08:37:46 GMT',
    'x-ms-blob-content-md5': blob.md5,
    etag,
    ...(first === undefined
      ? { 'content-md5': blob.md5 }
      : { 'content-range': `bytes ${from}-${to - 1}/${blob.size}` }),
  });
  if (method === 'HEAD') return void response.end();
  await pipeline(Readable.from(blob.slice(from, to)), response);
}

async function listen(scheme: string, server: Server): Promise<string> {
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    serve(request, response).catch(() => response.destroy()); // The client closed the connection.
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const { PEM: pem } = process.env;
const url = await listen('http', createServer());
const secureUrl = pem && (await listen('https', createSecureServer({ key: pem, cert: pem })));
console.log(JSON.stringify({ url, secureUrl }));
// The process ends when its parent closes the pipe or ends.
process.stdin.on('end', () => process.exit()).resume();
