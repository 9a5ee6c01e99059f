import { gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { parseExact } from '../../src/exact-numbers.ts';
import { readLines } from '../../src/line-items.ts';
import { expectBreach } from '../support/observe.setup.ts';
import { clientOf, collect, example, failure, scripted } from '../support/play.ts';
import type { Answer } from '../support/scripted-server.ts';

type Read = Parameters<ReturnType<typeof clientOf>['lineItems']>[1];

/** Returns the line items of a blob that arrives in these pieces. */
async function read(
  pieces: readonly Uint8Array[],
  options: Read = {},
  headers: Record<string, string> = {},
): Promise<unknown[]> {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const inPieces: Answer = async (_, response) => {
    response.writeHead(200, { etag: '"1"', 'content-length': String(length), ...headers });
    response.socket?.setNoDelay();
    for (const piece of pieces) {
      await new Promise<void>((resolve) => response.write(piece, () => setImmediate(resolve)));
    }
    response.end();
  };
  const storage = await scripted(inPieces);
  const manifest = {
    ...(example('manifest') as { blobs: unknown }),
    rootDirectory: `${storage.url}/x`,
    sasToken: 'sig=1',
  };
  const source = { ...manifest, blobs: [{ name: 'a.gz' }], blobCount: 1 };
  return collect(clientOf(storage, { retry: { limit: 0 } }).lineItems(source, options));
}

const bytes = (text: string) => new TextEncoder().encode(text);
/** An encoding that `fetch` does not know, so that it passes the pieces on unchanged. */
const decoded = { 'content-encoding': 'x-none' };
const everyByte = (blob: Uint8Array) => Array.from(blob, (byte) => Uint8Array.of(byte));
const items = [{ CustomerName: 'Łódź 東京 🚚' }, { CustomerName: 'Café' }];
const [one, two] = items.map((item) => JSON.stringify(item)) as [string, string];

describe.each([
  ['gzip', (text: string) => gzipSync(text), {}],
  ['text that the transport has decoded', bytes, decoded],
])('%s', (_, encode, headers) => {
  it.each([
    ['lines that end with a newline', `${one}\n${two}\n`],
    ['a last line without newline', `${one}\n${two}`],
    ['CRLF', `${one}\r\n${two}\r\n`],
    ['blank lines', `\n${one}\n\n \t\r\n${two}\n\n`],
    ['a byte order mark', `\ufeff${one}\n${two}\n`],
  ])('is read with %s, in one piece and byte by byte', async (__, text) => {
    const blob = encode(text);
    expect(await read([blob], {}, headers)).toEqual(items);
    expect(await read(everyByte(blob), {}, headers)).toEqual(items);
  });

  it('of a single newline has no line items', async () => {
    expect(await read([encode('\n')], {}, headers)).toEqual([]);
  });

  it.each([
    ['not JSON', '{"Unit":'],
    ['two values', '{} {}'],
    ['a list', '[{}]'],
    ['null', 'null'],
    ['a number', '7'],
    ['a space that JSON does not allow', '\u00a0'],
  ])('with a line that is %s throws a LineItemError with its number', async (__, line) => {
    expectBreach(/^line item: line 3/);
    for (const numbers of ['number', 'string'] as const) {
      const error = await failure(read([encode(`${one}\n\n${line}\n${two}\n`)], { numbers }, headers));
      expect(error).toMatchObject({ name: 'LineItemError', code: 'LINE_ITEM', blobName: 'a.gz', lineNumber: 3 });
    }
  });

  it('that is not UTF-8 throws a BlobError', async () => {
    expectBreach(/^blob: is corrupt/);
    const latin1 = Buffer.from('{"CustomerName":"Café"}\n', 'latin1');
    const blob = encode === bytes ? latin1 : gzipSync(latin1);
    expect(await failure(read([blob], {}, headers))).toMatchObject({
      name: 'BlobError',
      message: expect.stringContaining('is corrupt'),
    });
  });

  it('that ends within a character throws a BlobError', async () => {
    expectBreach(/^blob: is corrupt/);
    const cut = Buffer.from('{"CustomerName":"Caf\u00e9').subarray(0, -1);
    expect(await failure(read([encode === bytes ? cut : gzipSync(cut)], {}, headers))).toMatchObject({
      name: 'BlobError',
    });
  });
});

describe('a blob that is not gzip', () => {
  const blob = bytes(`${one}\n`);

  it.each([
    ['text', blob, {}],
    ['text with the encoding identity', blob, { 'content-encoding': 'identity' }],
    ['half of the magic bytes', Uint8Array.of(0x1f), {}],
  ])('throws a BlobError: %s', async (_, body, headers) => {
    if (body.length === 1) expectBreach(/^line item: line 1 is not JSON/);
    for (const pieces of [[body], everyByte(body)]) {
      expect(await failure(read(pieces, {}, headers))).toMatchObject({
        name: 'BlobError',
        code: 'BLOB',
        message: 'Blob "a.gz" is not gzip.',
      });
    }
  });

  it.each([{}, decoded])('throws a BlobError if it has no bytes (headers: %j)', async (headers) => {
    expect(await failure(read([], {}, headers))).toMatchObject({ name: 'BlobError', message: 'Blob "a.gz" is empty.' });
  });

  it('is not read further, and its source is closed', async () => {
    let closed = false;
    async function* source() {
      try {
        yield blob;
        yield blob;
      } finally {
        closed = true;
      }
    }
    expect(await failure(collect(readLines('a.gz', source(), () => false)))).toMatchObject({
      message: 'Blob "a.gz" is not gzip.',
    });
    expect(closed).toBe(true);
  });
});

it('gzip of an empty text has no line items', async () => {
  expect(await read([gzipSync('')])).toEqual([]);
});

describe('gzip that', () => {
  const blob = gzipSync(`${one}\n${two}\n`);

  it('has several members is read to the end of the last one', async () => {
    const members = Buffer.concat([gzipSync(`${one}\n${two.slice(0, 9)}`), gzipSync(two.slice(9)), gzipSync('')]);
    expect(await read([members])).toEqual(items);
    expect(await read(everyByte(members))).toEqual(items);
  });

  it.each([
    ['is cut short in its data', blob.subarray(0, 30)],
    ['is cut short in its trailer', blob.subarray(0, -1)],
    ['is cut short in a second member', Buffer.concat([blob, blob.subarray(0, 15)])],
    ['has a flipped bit', Uint8Array.from(blob, (byte, i) => (i === 25 ? byte ^ 8 : byte))],
    ['has a wrong checksum', Buffer.concat([blob.subarray(0, -8), Buffer.alloc(8)])],
    ['is followed by something else', Buffer.concat([blob, bytes('junk')])],
  ])('%s throws a BlobError', async (_, broken) => {
    expectBreach(/^blob: is corrupt/);
    const error = await failure(read([broken]));
    expect(error).toMatchObject({ name: 'BlobError', code: 'BLOB', blobName: 'a.gz', status: undefined });
    expect((error as Error).message).toContain('is corrupt');
  });

  it('is followed by zeros and another member throws a BlobError', async () => {
    const error = await failure(read([Buffer.concat([blob, Buffer.alloc(8), blob])]));
    expect(error).toMatchObject({ name: 'BlobError', message: expect.stringContaining('trailing data') });
  });

  it('the transport has already decoded is read unchanged', async () => {
    expect(await read([blob], {}, { 'content-encoding': 'gzip' })).toEqual(items);
  });

  it('is read without Node.js is inflated with DecompressionStream, which rejects a second member', async () => {
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined);
    expect(await read([blob])).toEqual(items);
    expect(await read(everyByte(blob))).toEqual(items);
    expectBreach(/^blob: is corrupt/);
    expect(await failure(read([blob.subarray(0, -1)]))).toMatchObject({ name: 'BlobError' });
    expect(await failure(read([Buffer.concat([blob, blob])]))).toMatchObject({ name: 'BlobError' });
    vi.restoreAllMocks();
  });
});

it('a body that ends before its Content-Length throws a BlobError, even if fetch accepts it', async () => {
  const body = gzipSync('{"Unit":"1"}\n');
  const fetch = async () => new Response(body, { headers: { 'content-length': '90', etag: '"1"' } });
  const client = clientOf({ url: 'http://x.example' }, { fetch, retry: { limit: 0 } });
  const manifest = { rootDirectory: 'https://x.example/x', sasToken: 'sig=1', blobs: [{ name: 'a.gz' }] };
  expect(await failure(collect(client.lineItems(manifest)))).toMatchObject({
    name: 'BlobError',
    message: expect.stringContaining(`broke off after ${body.length} bytes: expected 90`),
  });
});

it('a byte order mark is only removed at the start of the blob, not of a piece', async () => {
  expectBreach(/^line item: line 2 is not JSON/);
  const error = await failure(read([bytes(`${one}\n`), bytes(`\ufeff${two}\n`)], {}, decoded));
  expect(error).toMatchObject({ name: 'LineItemError', lineNumber: 2 });
});

it('blobs may have the names of members that every object has', async () => {
  const storage = await scripted({ body: gzipSync(`${one}\n`), headers: { etag: '"1"' } });
  const blobs = ['__proto__', 'constructor', 'toString'].map((name) => ({ name }));
  const manifest = { rootDirectory: `${storage.url}/x`, sasToken: 'sig=1', blobs };
  expect(await collect(clientOf(storage).lineItems(manifest))).toHaveLength(3);
  expect(storage.requests.map(({ url }) => url)).toEqual(blobs.map(({ name }) => `/x/${name}?sig=1`));
});

it('each loop reads the blobs again', async () => {
  const storage = await scripted({ body: gzipSync(`${one}\n`), headers: { etag: '"1"' } });
  const manifest = { rootDirectory: `${storage.url}/x`, sasToken: 'sig=1', blobs: [{ name: 'a' }] };
  const lineItems = clientOf(storage).lineItems(manifest);
  expect(await collect(lineItems)).toEqual([items[0]]);
  expect(await collect(lineItems)).toEqual([items[0]]);
});

describe('numbers as strings', () => {
  it.each([
    ['{"a":1}', { a: '1' }],
    ['{"a":-0.00000000000000000001234500}', { a: '-0.00000000000000000001234500' }],
    ['{"a":12345678901234567890.12}', { a: '12345678901234567890.12' }],
    ['{"a":1E+2,"b":1e-7,"c":0,"d":-0}', { a: '1E+2', b: '1e-7', c: '0', d: '-0' }],
    ['{ "a" : [ 1 , {"b":2} ] , "c" : null, "d": true }', { a: ['1', { b: '2' }], c: null, d: true }],
    ['{"1":"2","a\\"1":"\\\\","b":3}', { '1': '2', 'a"1': '\\', b: '3' }],
    ['{"AdditionalInfo":"{\\"Price\\":0.50}","a":0.50}', { AdditionalInfo: '{"Price":0.50}', a: '0.50' }],
  ])('%s', (json, expected) => {
    expect(parseExact(json)).toEqual(expected);
  });

  it.each([
    '{"Cost":"\\5}',
    '{"a":1,"Note":"x \\7}',
    '{1:2}',
    '{12:3}',
    '{"a":01}',
    '{"a":1.}',
    '{"a":.5}',
    '{"a":+1}',
    '{"a":--1}',
    '{"a":1 2}',
    '{"a":1',
    '{"a":"1}',
    '{"a":0x1}',
    '{"a":1e}',
    'NaN',
  ])('%s is not JSON here either', (json) => {
    expect(() => JSON.parse(json)).toThrow(SyntaxError);
    expect(() => parseExact(json)).toThrow(SyntaxError);
  });
});

describe('JSON nested 100,000 levels deep', () => {
  const [open, close] = ['['.repeat(100_000), ']'.repeat(100_000)];

  it.each(['number', 'string'] as const)('is read (numbers: %s)', async (numbers) => {
    const [item] = await read([gzipSync(`{"New":${open}1${close}}`)], { numbers });
    expect(item).toHaveProperty('New');
  });

  it.each(['number', 'string'] as const)('throws a LineItemError if it does not end (numbers: %s)', async (numbers) => {
    expectBreach(/^line item: line 1 is not JSON/);
    expect(await failure(read([gzipSync(`{"New":${open}1`)], { numbers }))).toMatchObject({ name: 'LineItemError' });
  });
});
