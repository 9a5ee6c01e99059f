import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { downloadExport } from '../../src/node/index.ts';
import { partnerMonth, toBlob } from '../kit/mock/partner-month.ts';
import { clientOf, emptyDirectory, failure, handle, scripted, succeeded } from '../support/play.ts';
import { type StoredExport, storeExport } from '../support/storage.ts';

const month = [...partnerMonth(1_500)];
const blobs: Record<string, Uint8Array> = {
  'part-00000.c000.json.gz': toBlob(month.slice(0, 500)),
  'part-00001.c000.json.gz': toBlob(month.slice(500, 1_000)),
  'part-00002.c000.json.gz': toBlob(month.slice(1_000)),
};
let stored: StoredExport;

beforeAll(async () => {
  stored = await storeExport(blobs);
});

describe('a download', () => {
  it('contains the stored blobs, a state without secrets, and nothing else', async () => {
    const directory = await emptyDirectory();
    const service = await scripted(succeeded(stored.manifest()));
    const onProgress = vi.fn();
    const result = await downloadExport(clientOf(service), handle, { directory, onProgress });

    for (const [name, bytes] of Object.entries(blobs)) {
      expect(Buffer.compare(await readFile(join(directory, name)), bytes)).toBe(0);
    }
    expect((await readdir(directory)).sort()).toEqual(['export.json', ...Object.keys(blobs)].sort());
    const bytes = Object.values(blobs).reduce((sum, blob) => sum + blob.length, 0);
    expect(result).toEqual({
      directory,
      files: Object.entries(blobs).map(([name, blob]) => ({
        name,
        path: join(directory, name),
        bytes: blob.length,
        lineItems: 500,
      })),
      bytes,
      lineItems: 1_500,
    });
    expect(onProgress.mock.calls.at(-1)?.[0]).toEqual({ blobs: 3, blobCount: 3, bytes, lineItems: 1_500 });

    const state = await readFile(join(directory, 'export.json'), 'utf8');
    expect(state).not.toMatch(/sig=|sasToken|test-token/);
    expect((await stat(join(directory, 'export.json'))).mode & 0o777).toBe(0o600);
    expect(JSON.parse(state)).toMatchObject({ handle, manifest: { eTag: 'a0N3lYhkTzc2' } });
  });

  it('of a manifest needs no handle', async () => {
    const directory = await emptyDirectory();
    const result = await downloadExport(clientOf(await scripted()), stored.manifest(), { directory });
    expect(result.lineItems).toBe(1_500);
  });

  it('that is complete fetches no blob again', async () => {
    const directory = await emptyDirectory();
    const service = await scripted(succeeded(stored.manifest()));
    const first = await downloadExport(clientOf(service), handle, { directory });
    const fetch = vi.fn((...args: Parameters<typeof globalThis.fetch>) => globalThis.fetch(...args));
    expect(await downloadExport(clientOf(service, { fetch }), handle, { directory })).toEqual(first);
    expect(fetch.mock.calls.map(([url]) => new URL(String(url)).pathname)).toEqual([
      `/v1.0/reports/partners/billing/operations/${handle.operationId}`,
    ]);
  });

  it.each<[string, object]>([
    ['directory', { directory: '' }],
    ['directory', { directory: 7 }],
    ['concurrency', { concurrency: 0 }],
    ['concurrency', { concurrency: 1.5 }],
    ['concurrency', { concurrency: 65 }],
  ])('with an invalid %s (%j) does not start', async (field, change) => {
    const service = await scripted();
    const options = { directory: 'never-made', ...change };
    expect(await failure(downloadExport(clientOf(service), handle, options))).toMatchObject({
      name: 'InvalidRequestError',
      field,
    });
    expect(service.requests).toEqual([]);
  });

  it('needs a client of this package, whose fetch and timeouts it uses', async () => {
    const client = { ...clientOf(await scripted()) };
    const error = await failure(downloadExport(client, handle, { directory: 'never-made' }));
    expect(error).toMatchObject({ name: 'InvalidRequestError', field: 'client' });
  });

  it('of other data into the same directory fails, unless restarted', async () => {
    const directory = await emptyDirectory();
    await downloadExport(clientOf(await scripted(succeeded(stored.manifest()))), handle, { directory });
    const renewed = await scripted(succeeded(stored.manifest(3_600_000, { eTag: 'new' })));
    expect(await failure(downloadExport(clientOf(renewed), handle, { directory }))).toMatchObject({
      name: 'DataVersionError',
      message: expect.stringContaining('Use another directory, or restart'),
    });
    expect((await downloadExport(clientOf(renewed), handle, { directory, restart: true })).lineItems).toBe(1_500);
  });
});
