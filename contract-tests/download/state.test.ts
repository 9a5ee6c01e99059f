import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Progress } from '../../src/index.ts';
import { type DownloadOptions, type DownloadResult, downloadExport } from '../../src/node/index.ts';
import { StateFile } from '../../src/node/state-file.ts';
import { clientOf, emptyDirectory, failure } from '../support/play.ts';

const names = ['a.gz', 'b.gz', 'c.gz'];
const blob = gzipSync('{}\n'.repeat(50_000));
const size = blob.length;
const half = size >> 1;
const manifest = {
  eTag: '1',
  rootDirectory: 'https://storage.example/d',
  sasToken: 'sig=1',
  blobs: names.map((name) => ({ name })),
};
const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('base64');

type Storage = (range: string | undefined, name: string) => Response;

/** Returns a response with the bytes of a blob from `start` to `end`. */
const piece = (headers: Record<string, string> = {}, start = 0, end = size) =>
  new Response(Uint8Array.from(blob.subarray(start, end)), {
    status: start ? 206 : 200,
    headers: {
      etag: '"1"',
      'content-length': `${size - start}`,
      ...(start && { 'content-range': `bytes ${start}-${size - 1}/${size}` }),
      ...headers,
    },
  });
const whole: Storage = () => piece();

/** Downloads without a network, and records the requests for blobs. */
async function download(directory: string, storage: Storage, options: Partial<DownloadOptions> = {}) {
  const requests: string[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const name = /(\w\.gz)\?/.exec(String(input))?.[1] ?? '';
    const range = new Headers(init?.headers).get('range') ?? undefined;
    requests.push(range ? `${name} ${range}` : name);
    return storage(range, name);
  };
  const client = clientOf({ url: 'https://graph.example' }, { fetch, retry: { limit: 1 } });
  const run: { requests: string[]; result?: DownloadResult; error?: unknown } = { requests };
  try {
    run.result = await downloadExport(client, manifest, { directory, concurrency: 1, ...options });
  } catch (error) {
    run.error = error;
  }
  return run;
}

/** Changes the state of the blobs in export.json. */
async function changeState(directory: string, change: (blobs: Record<string, object>) => object): Promise<void> {
  const path = join(directory, 'export.json');
  const state = JSON.parse(await readFile(path, 'utf8'));
  await writeFile(path, JSON.stringify({ ...state, blobs: change(state.blobs) }));
}

describe('a file with its final name', () => {
  it('is neither fetched nor read again', async () => {
    const directory = await emptyDirectory();
    const { result } = await download(directory, whole);
    const other = Uint8Array.from(blob);
    other[half] = (other[half] ?? 0) ^ 1; // Only a reader would notice.
    await writeFile(join(directory, 'b.gz'), other);
    expect(await download(directory, whole)).toEqual({ requests: [], result });
  });

  it('is fetched again if it has another size', async () => {
    const directory = await emptyDirectory();
    const { result } = await download(directory, whole);
    await writeFile(join(directory, 'b.gz'), 'whatever');
    expect(await download(directory, whole)).toEqual({ requests: ['b.gz'], result });
  });

  it('is read if the state lacks its counts, which are then recorded', async () => {
    const directory = await emptyDirectory();
    const { result } = await download(directory, whole);
    await changeState(directory, ({ 'a.gz': first = {} }) => ({ 'a.gz': first, 'b.gz': { etag: '"1"' } }));
    expect(await download(directory, whole)).toEqual({ requests: [], result });
    const { blobs } = JSON.parse(await readFile(join(directory, 'export.json'), 'utf8'));
    const done = { bytes: size, crc32: crc32(blob), lineItems: 50_000 };
    expect(blobs).toMatchObject({ 'a.gz': { done }, 'b.gz': { etag: '"1"', done }, 'c.gz': { done } });
  });

  it('is fetched again if the state lacks its counts and it is damaged', async () => {
    const directory = await emptyDirectory();
    await download(directory, whole);
    await changeState(directory, (blobs) => ({ ...blobs, 'b.gz': { etag: '"1"' } }));
    await writeFile(join(directory, 'b.gz'), blob.subarray(0, half));
    const { requests, result } = await download(directory, whole);
    expect(requests).toEqual(['b.gz']);
    expect(result).toMatchObject({ bytes: 3 * size, lineItems: 150_000 });
  });
});

describe('an abort', () => {
  const reason = new Error('enough');

  it('also ends the check of a complete directory', async () => {
    const directory = await emptyDirectory();
    await download(directory, whole);
    const controller = new AbortController();
    const values: number[] = [];
    const onProgress = ({ blobs }: Progress) => {
      values.push(blobs);
      controller.abort(reason);
    };
    expect((await download(directory, whole, { signal: controller.signal, onProgress })).error).toBe(reason);
    expect(values).toEqual([1]);
  });

  it('during the verification of a blob keeps it, and the next run only asks for more bytes', async () => {
    const directory = await emptyDirectory();
    const controller = new AbortController();
    const abortsAtTheEnd: Storage = () => {
      const { headers } = piece();
      const body = new ReadableStream({
        start: (stream) => stream.enqueue(Uint8Array.from(blob)),
        pull: (stream) => {
          stream.close();
          const isWritten = async () => expect((await stat(join(directory, 'a.gz.partial'))).size).toBe(size);
          void vi.waitFor(isWritten, { interval: 1 }).then(() => controller.abort(reason));
        },
      });
      return new Response(body, { headers });
    };
    expect((await download(directory, abortsAtTheEnd, { signal: controller.signal })).error).toBe(reason);
    expect((await readFile(join(directory, 'a.gz.partial'))).length).toBe(size);
    const satisfied: Storage = (range) =>
      range ? new Response('', { status: 416, headers: { 'content-range': `bytes */${size}` } }) : piece();
    const { requests, result } = await download(directory, satisfied);
    expect(requests).toEqual([`a.gz bytes=${size}-`, 'b.gz', 'c.gz']);
    expect(result).toMatchObject({ bytes: 3 * size, lineItems: 150_000 });
  });
});

describe('a blob that is damaged in transfer', () => {
  it('is subtracted from the progress when it is discarded', async () => {
    const directory = await emptyDirectory();
    const damaged = Uint8Array.from(blob);
    damaged[half] = (damaged[half] ?? 0) ^ 1;
    const answers = [new Response(damaged, { headers: { etag: '"1"' } })];
    const values: number[] = [];
    const { result } = await download(directory, () => answers.shift() ?? piece(), {
      onProgress: ({ bytes }) => values.push(bytes),
    });
    expect(values).toContain(0);
    expect(Math.max(...values)).toBe(3 * size);
    expect(result).toMatchObject({ bytes: 3 * size });
  });

  it('is detected by the MD5 of the first response, even if the second has none', async () => {
    const directory = await emptyDirectory();
    const wrong = md5(new Uint8Array());
    const storage: Storage = (range) => (range ? piece({}, half) : piece({ 'content-md5': wrong }, 0, half));
    const { requests, error } = await download(directory, storage);
    expect(error).toMatchObject({
      name: 'BlobError',
      message: `Blob "a.gz" has the MD5 ${md5(blob)}, but the storage says ${wrong}.`,
    });
    expect(requests).toEqual(['a.gz', `a.gz bytes=${half}-`, 'a.gz', `a.gz bytes=${half}-`]);
    expect((await readdir(directory)).sort()).toEqual(['export.json']);
  });

  it('is not compared with the Content-MD5 of a part', async () => {
    const directory = await emptyDirectory();
    const storage: Storage = (range) =>
      range ? piece({ 'content-md5': md5(blob.subarray(half)) }, half) : piece({}, 0, half);
    expect((await download(directory, storage)).result).toMatchObject({ bytes: 3 * size });
  });
});

it('no file left by an error stops the next run', async () => {
  const directory = await emptyDirectory();
  const { error } = await download(directory, (_, name) =>
    name === 'b.gz' ? new Response('', { status: 404 }) : piece(),
  );
  expect(error).toMatchObject({ name: 'BlobError', status: 404 });
  expect((await readdir(directory)).sort()).toEqual(['a.gz', 'b.gz.partial', 'export.json']);
  expect(await failure(readFile(join(directory, 'export.lock')))).toMatchObject({ code: 'ENOENT' });
  const { requests } = await download(directory, whole);
  expect(requests).toEqual(['b.gz', 'c.gz']);
});

it('a state to save soon is saved at the end, even if another save has failed', async () => {
  const directory = await emptyDirectory();
  const path = join(directory, 'export.json');
  const file = new StateFile(path, () => 'new');
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  await mkdir(path);
  file.saveSoon();
  await expect(file.save()).rejects.toMatchObject({ name: 'DirectoryError' });
  await rmdir(path);
  await file.settle();
  expect(await readFile(path, 'utf8')).toBe('new');
});
