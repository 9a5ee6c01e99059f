import { deepStrictEqual } from 'node:assert';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseExact } from '../../src/exact-numbers.ts';
import { BlobError, UnbilledUsageError } from '../../src/index.ts';
import { jsonObject } from '../support/json-text.ts';
import { clientOf, collect } from '../support/play.ts';

/** Returns the line items of a blob that arrives in these pieces. */
function read(
  pieces: readonly Uint8Array<ArrayBuffer>[],
  numbers: 'number' | 'string' = 'number',
  headers: Record<string, string> = {},
): Promise<unknown[]> {
  const fetch = async () => {
    const body = new ReadableStream({
      start: (controller) => {
        for (const piece of pieces) controller.enqueue(piece);
        controller.close();
      },
    });
    return new Response(body, { headers: { etag: '"1"', ...headers } });
  };
  const client = clientOf({ url: 'https://graph.example' }, { fetch, retry: { limit: 0 } });
  const manifest = { rootDirectory: 'https://storage.example/d', sasToken: 'sig=1', blobs: [{ name: 'a.gz' }] };
  return collect(client.lineItems(manifest, { numbers }));
}

const bytes = (text: string) => new TextEncoder().encode(text);

/** Cuts a blob at any bytes, even within a character or a number. Some pieces may be empty. */
function cutAt(blob: Uint8Array<ArrayBuffer>, cuts: readonly number[]): Uint8Array<ArrayBuffer>[] {
  const at = [0, ...cuts.map((cut) => cut % (blob.length + 1)).sort((a, b) => a - b), blob.length];
  return at.slice(1).map((end, i) => blob.subarray(at[i], end));
}

const cuts = fc.array(fc.nat(), { maxLength: 8 });
const blank = fc.string({ unit: fc.constantFrom(' ', '\t', '\r'), maxLength: 3 });
const line = fc.oneof(
  { arbitrary: jsonObject.map(({ text, exact }) => ({ text, items: [exact] })), weight: 4 },
  { arbitrary: blank.map((text) => ({ text, items: [] })), weight: 1 },
);

/** The text of a blob, and its line items with exact numbers. */
const blobText = fc
  .tuple(
    fc.constantFrom('', '\ufeff'),
    fc.array(fc.tuple(blank, line, blank, fc.constantFrom('\n', '\r\n')), { maxLength: 6 }),
    fc.boolean(),
  )
  .map(([mark, lines, ended]) => {
    const text = lines.map(([before, { text }, after, end]) => before + text + after + end).join('');
    return { text: mark + (ended ? text : text.replace(/\n$/, '')), items: lines.flatMap(([, { items }]) => items) };
  });

/** Returns the result of `JSON.parse` for each line. */
const parseLines = (text: string) =>
  text
    .replace(/^\ufeff/, '')
    .split('\n')
    .filter((each) => each.trim())
    .map((each) => JSON.parse(each));

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a blob', () => {
  type Encode = (blob: Uint8Array<ArrayBuffer>, members: readonly number[]) => Uint8Array<ArrayBuffer>;

  it.each<[string, Encode, Record<string, string>]>([
    ['text that the transport has decoded', (blob) => blob, { 'content-encoding': 'gzip' }],
    [
      'gzip of any members',
      (blob, members) => new Uint8Array(Buffer.concat(cutAt(blob, members).map((part) => gzipSync(part)))),
      {},
    ],
  ])('of %s, in any pieces, gives its line items with parsed or exact numbers', async (_, encode, headers) => {
    await fc.assert(
      fc.asyncProperty(blobText, cuts, cuts, async ({ text, items }, members, pieces) => {
        const blob = encode(bytes(text), members);
        fc.pre(blob.length > 0);
        deepStrictEqual(await read(cutAt(blob, pieces), 'number', headers), parseLines(text));
        deepStrictEqual(await read(cutAt(blob, pieces), 'string', headers), items);
      }),
      { numRuns: 200 },
    );
  });

  it('of gzip gives the same line items without Node.js', async () => {
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined);
    await fc.assert(
      fc.asyncProperty(blobText, cuts, async ({ text, items }, pieces) => {
        deepStrictEqual(await read(cutAt(new Uint8Array(gzipSync(text)), pieces), 'string'), items);
      }),
      { numRuns: 100 },
    );
  });

  it('without the magic bytes of gzip throws an error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), cuts, async (blob, pieces) => {
        fc.pre(blob[0] !== 0x1f || blob[1] !== 0x8b);
        await expect(read(cutAt(new Uint8Array(blob), pieces))).rejects.toThrow(BlobError);
      }),
    );
  });

  it('of truncated gzip throws an error, and never gives a shorter result', async () => {
    await fc.assert(
      fc.asyncProperty(blobText, fc.nat(), cuts, async ({ text }, end, pieces) => {
        const blob = new Uint8Array(gzipSync(text));
        const short = blob.subarray(0, end % blob.length);
        await expect(read(cutAt(short, pieces))).rejects.toThrow(UnbilledUsageError);
      }),
      { numRuns: 200 },
    );
  });

  it('of gzip with a changed byte throws an error, unless the byte does not affect the data', async () => {
    await fc.assert(
      fc.asyncProperty(blobText, fc.nat(), fc.integer({ min: 1, max: 255 }), async ({ text }, at, change) => {
        const blob = new Uint8Array(gzipSync(text));
        const index = at % blob.length;
        blob[index] = (blob[index] ?? 0) ^ change;
        const outcome = await read([blob]).catch((error: unknown) => error);
        if (!(outcome instanceof UnbilledUsageError)) deepStrictEqual(outcome, parseLines(text));
      }),
      { numRuns: 200 },
    );
  });
});

describe('parseExact', () => {
  it('returns numbers as written, and everything else like JSON.parse', () => {
    fc.assert(
      fc.property(jsonObject, ({ text, exact }) => {
        deepStrictEqual(parseExact(text), exact);
      }),
      { numRuns: 1_000 },
    );
  });

  it('accepts and rejects the same texts as JSON.parse', () => {
    const edit = fc.constantFrom('', '"', '\\', '1', '-', '.', ':', ',', '{', ']', ' ', 'e', '0x', '\n');
    const edited = fc.tuple(jsonObject, fc.nat(), fc.nat({ max: 2 }), edit).map(([{ text }, place, removed, added]) => {
      const at = place % (text.length + 1);
      return text.slice(0, at) + added + text.slice(at + removed);
    });
    const token = fc.constantFrom('"a"', '"1"', '1', '-2.5', ' 3 ', '1e5', '01', '1.', '+1', '0x1', 'true', 'NaN', '');
    const pair = fc.tuple(token, token).map(([name, value]) => `{${name}:${value}}`);
    fc.assert(
      fc.property(fc.oneof(edited, pair), (text) => {
        let isJson = true;
        try {
          JSON.parse(text);
        } catch {
          isJson = false;
        }
        if (isJson) expect(() => parseExact(text)).not.toThrow();
        else expect(() => parseExact(text)).toThrow(SyntaxError);
      }),
      { numRuns: 2_000 },
    );
  });
});
