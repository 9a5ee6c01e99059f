import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
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

/**
 * Reads all line items in the shortest loop that is correct and fast, and resolves with the time, in ms: inflates large
 * chunks, decodes small ones, cuts them at line feeds, and parses each line.
 */
export async function readShortest({ urls, lineItems }: LocalExport): Promise<number> {
  return timed(async () => {
    let count = 0;
    for (const url of urls) {
      const { body } = await fetch(url);
      if (!body) throw new Error('The response has no body.');
      const inflated = Readable.fromWeb(body as ReadableStream).pipe(createGunzip({ chunkSize: 256 * 1024 }));
      const decoder = new TextDecoder();
      let rest = '';
      for await (const chunk of inflated) {
        for (let start = 0; start < chunk.length; start += 32 * 1024) {
          const text = rest + decoder.decode(chunk.subarray(start, start + 32 * 1024), { stream: true });
          let line = 0;
          for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', line)) {
            JSON.parse(text.slice(line, end));
            count++;
            line = end + 1;
          }
          rest = text.slice(line);
        }
      }
    }
    checkCount(count, lineItems);
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
