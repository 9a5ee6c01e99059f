import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { createGunzip } from 'node:zlib';
import type { LineItemsOptions } from '../src/index.ts';
import { timed } from './contest.ts';
import type { Library } from './library.ts';
import type { LocalExport } from './storage.ts';

/** Reads all line items with the library and resolves with the time, in ms. */
export async function readOurs(
  { index }: Library,
  { manifest, lineItems }: LocalExport,
  options: LineItemsOptions = {},
): Promise<number> {
  const client = index.createUnbilledUsageClient({ credential: 'bench-token', baseUrl: manifest.rootDirectory });
  return timed(async () => {
    let count = 0;
    for await (const _ of client.lineItems(manifest, options)) count++;
    checkCount(count, lineItems);
  });
}

/** Reads all line items as people usually do, and resolves with the time, in ms. */
export async function readWithReadline({ urls, lineItems }: LocalExport): Promise<number> {
  return timed(async () => {
    let count = 0;
    for (const url of urls) {
      const { body } = await fetch(url);
      if (!body) throw new Error('The response has no body.');
      const lines = createInterface({ input: Readable.fromWeb(body as ReadableStream).pipe(createGunzip()) });
      for await (const line of lines) {
        JSON.parse(line);
        count++;
      }
    }
    checkCount(count, lineItems);
  });
}

/** Inflates a blob in memory, in pieces of `chunkSize` bytes, and discards them. */
export async function inflateOnly(blob: Uint8Array, chunkSize: number): Promise<number> {
  return timed(async () => {
    const gunzip = createGunzip({ chunkSize }).resume();
    gunzip.end(blob);
    await finished(gunzip);
  });
}

/** Parses lines in memory `times` times. */
export async function parseOnly(
  lines: readonly string[],
  times: number,
  parse: (line: string) => unknown,
): Promise<number> {
  return timed(async () => {
    for (let n = 0; n < times; n++) for (const line of lines) parse(line);
  });
}

function checkCount(count: number, expected: number): void {
  if (count !== expected) throw new Error(`${count} of ${expected} line items were read.`);
}
