import { createHash } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import type { Progress } from '../../src/index.ts';
import { type DownloadOptions, type DownloadResult, downloadExport } from '../../src/node/index.ts';
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

/** Bytes of a blob, from here to there. */
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

/** A download over no wire, and what was asked for. */
async function download(directory: string, storage: Storage, options: Partial<DownloadOptions> = {}) {
  const asked: string[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const name = /(\w\.gz)\?/.exec(String(input))?.[1] ?? '';
    const range = new Headers(init?.headers).get('range') ?? undefined;
    asked.push(range ? `${name} ${range}` : name);
    return storage(range, name);
  };
  const client = clientOf({ url: 'https://graph.example' }, { fetch, retry: { limit: 1 } });
  const run: { asked: string[]; result?: DownloadResult; error?: unknown } = { asked };
  try {
    run.result = await downloadExport(client, manifest, { directory, concurrency: 1, ...options });
  } catch (error) {
    run.error = error;
  }
  return run;
}

/** Changes what the directory knows of its blobs. */
async function changeState(directory: string, change: (blobs: Record<string, object>) => object): Promise<void> {
  const path = join(directory, 'export.json');
  const state = JSON.parse(await readFile(path, 'utf8'));
  await writeFile(path, JSON.stringify({ ...state, blobs: change(state.blobs) }));
}

describe('a file that has its name', () => {
  it('is neither fetched nor read again', async () => {
    const directory = await emptyDirectory();
    const { result } = await download(directory, whole);
    const other = Uint8Array.from(blob);
    other[half] = (other[half] ?? 0) ^ 1; // Only who reads it would notice.
    await writeFile(join(directory, 'b.gz'), other);
    expect(await download(directory, whole)).toEqual({ asked: [], result });
  });

  it('is fetched again when it has another size', async () => {
    const directory = await emptyDirectory();
    const { result } = await download(directory, whole);
    await writeFile(join(directory, 'b.gz'), 'whatever');
    expect(await download(directory, whole)).toEqual({ asked: ['b.gz'], result });
  });

  it('is read when nobody has noted what is in it, and then known again', async () => {
    const directory = await emptyDirectory();
    const { result } = await download(directory, whole);
    await changeState(directory, ({ 'a.gz': first = {} }) => ({ 'a.gz': first, 'b.gz': { etag: '"1"' } }));
    expect(await download(directory, whole)).toEqual({ asked: [], result });
    const { blobs } = JSON.parse(await readFile(join(directory, 'export.json'), 'utf8'));
    const done = { bytes: size, crc32: crc32(blob), lineItems: 50_000 };
    expect(blobs).toMatchObject({ 'a.gz': { done }, 'b.gz': { etag: '"1"', done }, 'c.gz': { done } });
  });

  it('and is forgotten and damaged is fetched again', async () => {
    const directory = await emptyDirectory();
    await download(directory, whole);
    await changeState(directory, (blobs) => ({ ...blobs, 'b.gz': { etag: '"1"' } }));
    await writeFile(join(directory, 'b.gz'), blob.subarray(0, half));
    const { asked, result } = await download(directory, whole);
    expect(asked).toEqual(['b.gz']);
    expect(result).toMatchObject({ bytes: 3 * size, lineItems: 150_000 });
  });
});

describe('an abort', () => {
  const reason = new Error('enough');

  it('ends the walk through a complete directory as well', async () => {
    const directory = await emptyDirectory();
    await download(directory, whole);
    const controller = new AbortController();
    const seen: number[] = [];
    const onProgress = ({ blobs }: Progress) => {
      seen.push(blobs);
      controller.abort(reason);
    };
    expect((await download(directory, whole, { signal: controller.signal, onProgress })).error).toBe(reason);
    expect(seen).toEqual([1]);
  });

  it('while a blob is verified keeps it: the next run asks only whether there is more', async () => {
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
    const { asked, result } = await download(directory, satisfied);
    expect(asked).toEqual([`a.gz bytes=${size}-`, 'b.gz', 'c.gz']);
    expect(result).toMatchObject({ bytes: 3 * size, lineItems: 150_000 });
  });
});

describe('what is damaged on the way', () => {
  it('counts no longer when it is thrown away', async () => {
    const directory = await emptyDirectory();
    const damaged = Uint8Array.from(blob);
    damaged[half] = (damaged[half] ?? 0) ^ 1;
    const answers = [new Response(damaged, { headers: { etag: '"1"' } })];
    const seen: number[] = [];
    const { result } = await download(directory, () => answers.shift() ?? piece(), {
      onProgress: ({ bytes }) => seen.push(bytes),
    });
    expect(seen).toContain(0);
    expect(Math.max(...seen)).toBe(3 * size);
    expect(result).toMatchObject({ bytes: 3 * size });
  });

  it('is found out by the MD5 of the first answer, though that of the rest names none', async () => {
    const directory = await emptyDirectory();
    const wrong = md5(new Uint8Array());
    const storage: Storage = (range) => (range ? piece({}, half) : piece({ 'content-md5': wrong }, 0, half));
    const { asked, error } = await download(directory, storage);
    expect(error).toMatchObject({
      name: 'BlobError',
      message: `Blob "a.gz" has the MD5 ${md5(blob)}, but the storage says ${wrong}.`,
    });
    expect(asked).toEqual(['a.gz', `a.gz bytes=${half}-`, 'a.gz', `a.gz bytes=${half}-`]);
    expect((await readdir(directory)).sort()).toEqual(['export.json']);
  });

  it('is not found out by the Content-MD5 of a part, which is not that of the blob', async () => {
    const directory = await emptyDirectory();
    const storage: Storage = (range) =>
      range ? piece({ 'content-md5': md5(blob.subarray(half)) }, half) : piece({}, 0, half);
    expect((await download(directory, storage)).result).toMatchObject({ bytes: 3 * size });
  });
});

it('nothing that is left behind by an error stops the next run', async () => {
  const directory = await emptyDirectory();
  const { error } = await download(directory, (_, name) =>
    name === 'b.gz' ? new Response('', { status: 404 }) : piece(),
  );
  expect(error).toMatchObject({ name: 'BlobError', status: 404 });
  expect((await readdir(directory)).sort()).toEqual(['a.gz', 'b.gz.partial', 'export.json']);
  expect(await failure(readFile(join(directory, 'export.lock')))).toMatchObject({ code: 'ENOENT' });
  const { asked } = await download(directory, whole);
  expect(asked).toEqual(['b.gz', 'c.gz']);
});
