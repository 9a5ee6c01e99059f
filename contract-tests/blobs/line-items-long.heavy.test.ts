import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readLines } from '../../src/line-items.ts';
import { expectBreach } from '../support/observe.setup.ts';
import { clientOf, collect, deferred, failure, scripted } from '../support/play.ts';

it.each([
  ['gzip', (text: string) => gzipSync(text), {}],
  ['text that the transport has decoded', (text: string) => Buffer.from(text), { 'content-encoding': 'x-none' }],
])('a line of 20 MB in %s is read, and an error about it is short', async (_, encode, headers) => {
  const read = async (text: string) => {
    const storage = await scripted({ headers: { etag: '"1"', ...headers }, body: encode(text) });
    const manifest = { rootDirectory: `${storage.url}/d`, sasToken: 'sig=1', blobs: [{ name: 'a.gz' }] };
    return collect(clientOf(storage).lineItems(manifest));
  };
  const long = JSON.stringify({ Tags: 'x'.repeat(20_000_000) });
  expect(await read(`${long}\n{}\n`)).toHaveLength(2);
  expectBreach(/^line item: line 1 is not JSON/);
  const error = (await failure(read(`${long}}\n`))) as Error;
  expect(error.message.length).toBeLessThan(400);
});

describe('a line of more than 32 MiB', () => {
  const LONGEST = 2 ** 25;

  /** Returns the length of each line of a blob that arrives in pieces of `piece` bytes. */
  async function lengths(blob: Buffer, piece: number): Promise<number[]> {
    async function* pieces() {
      for (let at = 0; at < blob.length; at += piece) yield blob.subarray(at, at + piece);
    }
    const all: number[] = [];
    for await (const lines of readLines('a.gz', pieces(), () => true)) {
      for (const line of lines) all.push(line.length);
    }
    return all;
  }

  it.each([2 ** 16, 2 ** 27])(
    'throws a LineItemError with its number, but one byte less is accepted (pieces of %i bytes)',
    async (piece) => {
      const blob = Buffer.concat([Buffer.from('a\n\n'), Buffer.alloc(LONGEST, 'x'), Buffer.from('\nb\n')]);
      expect(await lengths(blob, piece)).toEqual([1, 0, LONGEST, 1, 0]);
      const longer = Buffer.concat([blob.subarray(0, 4), blob.subarray(3)]);
      longer[3] = 0x78;
      expect(await failure(lengths(longer, piece))).toMatchObject({
        name: 'LineItemError',
        blobName: 'a.gz',
        lineNumber: 3,
        message: 'Line 3 of blob "a.gz" exceeds 32 MiB.',
      });
    },
  );

  it('is not read to its end, so that a small gzip of an endless line takes no memory', async () => {
    const megabyte = gzipSync(Buffer.alloc(2 ** 20, 'x'));
    let members = 0;
    const { promise: closed, resolve: close } = deferred();
    async function* endless() {
      try {
        for (yield gzipSync('{}\n{}\n'); members < 1_000; members++) yield megabyte;
      } finally {
        close();
      }
    }
    const error = await failure(
      (async () => {
        for await (const lines of readLines('a.gz', endless(), () => false)) for (const _ of lines);
      })(),
    );
    expect(error).toMatchObject({ name: 'LineItemError', lineNumber: 3 });
    expect(members).toBeLessThan(100);
    await closed;
  });
});
