import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { expectBreach } from './harness/observe.setup.ts';
import { clientOf, collect, failure, scripted } from './harness/play.ts';

it.each([
  ['gzip', (text: string) => gzipSync(text)],
  ['text that the transport has inflated', (text: string) => Buffer.from(text)],
])('a line of 20 MB in %s is read, and an error about it stays short', async (_, encode) => {
  const read = async (text: string) => {
    const storage = await scripted({ headers: { etag: '"1"' }, body: encode(text) });
    const manifest = { rootDirectory: `${storage.url}/d`, sasToken: 'sig=1', blobs: [{ name: 'a.gz' }] };
    return collect(clientOf(storage).lineItems(manifest));
  };
  const long = JSON.stringify({ Tags: 'x'.repeat(20_000_000) });
  expect(await read(`${long}\n{}\n`)).toHaveLength(2);
  expectBreach(/^line item: line 1 is not JSON/);
  const error = (await failure(read(`${long}}\n`))) as Error;
  expect(error.message.length).toBeLessThan(400);
});
