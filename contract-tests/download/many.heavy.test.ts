import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { downloadExport } from '../../src/node/index.ts';
import { memory } from '../support/faulty-storage.ts';
import { clientOf, emptyDirectory, example, handle, scripted } from '../support/play.ts';

const many = Object.fromEntries(
  Array.from({ length: 5_000 }, (_, i) => [`part-${`${i}`.padStart(5, '0')}.json.gz`, gzipSync(`{"Unit":"${i}"}`)]),
);

it('an export of 5,000 blobs is downloaded, each of them once', async () => {
  const directory = await emptyDirectory();
  const origin = memory(many, () => undefined);
  const asked: string[] = [];
  /** Without a connection, which takes most of the time of a blob as small as these. */
  const fetchBlob: typeof fetch = async (input, init) => {
    const { pathname } = new URL(String(input instanceof Request ? input.url : input));
    if (pathname.includes('/reports/')) return globalThis.fetch(input, init);
    asked.push(pathname.split('/').at(-1) ?? '');
    const { status, headers, body } = await origin(pathname, '', Object.fromEntries(new Headers(init?.headers)));
    return new Response(Buffer.from(body), { status, headers });
  };
  const blobs = Object.keys(many).map((name) => ({ name }));
  const resourceLocation = { ...example('manifest'), blobs, blobCount: blobs.length };
  const service = await scripted({ body: example('succeededEmbedded', { resourceLocation }) });

  const result = await downloadExport(clientOf(service, { fetch: fetchBlob }), handle, { directory, concurrency: 32 });

  expect(result).toMatchObject({ lineItems: 5_000 });
  expect(asked.sort()).toEqual(Object.keys(many));
  expect((await readdir(directory)).sort()).toEqual(['export.json', ...Object.keys(many)]);
  for (const [name, bytes] of Object.entries(many)) {
    if (Buffer.compare(await readFile(join(directory, name)), bytes)) throw new Error(`${name} has other bytes`);
  }
}, 90_000);
