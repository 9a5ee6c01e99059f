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

it('downloads each blob of an export with 5,000 blobs once', async () => {
  const directory = await emptyDirectory();
  const origin = memory(many, () => undefined);
  const names: string[] = [];
  /** Fetches blobs without a connection, which would take most of the time for blobs this small. */
  const fetchBlob: typeof fetch = async (input, init) => {
    const { pathname } = new URL(String(input instanceof Request ? input.url : input));
    if (pathname.includes('/reports/')) return globalThis.fetch(input, init);
    names.push(pathname.split('/').at(-1) ?? '');
    const { status, headers, body } = await origin(pathname, '', Object.fromEntries(new Headers(init?.headers)));
    return new Response(Buffer.from(body), { status, headers });
  };
  const blobs = Object.keys(many).map((name) => ({ name }));
  const resourceLocation = { ...example('manifest'), blobs, blobCount: blobs.length };
  const service = await scripted({ body: example('succeededEmbedded', { resourceLocation }) });

  const result = await downloadExport(clientOf(service, { fetch: fetchBlob }), handle, { directory, concurrency: 32 });

  expect(result).toMatchObject({ lineItems: 5_000 });
  expect(names.sort()).toEqual(Object.keys(many));
  expect((await readdir(directory)).sort()).toEqual(['export.json', ...Object.keys(many)]);
  for (const [name, bytes] of Object.entries(many)) {
    if (Buffer.compare(await readFile(join(directory, name)), bytes)) throw new Error(`${name} has other bytes`);
  }
}, 240_000);
