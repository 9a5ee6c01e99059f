import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, lstat, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { UnbilledUsageError } from '../../src/index.ts';
import { downloadExport } from '../../src/node/index.ts';
import {
  blobError,
  blobs,
  download,
  expectComplete,
  expectError,
  expectUnlocked,
  faultyStorage,
  first,
  inMemory,
  manifestOf,
  month,
  saying,
  second,
  size,
  stored,
  third,
  unobserved,
} from '../support/faulty-download.ts';
import { breakOff, emulator, hold, startFaultyStorage } from '../support/faulty-storage.ts';
import {
  clientOf,
  deferred,
  emptyDirectory,
  example,
  failure,
  handle,
  refusal,
  scripted,
  succeeded,
} from '../support/play.ts';
import { storageUrl } from '../support/servers.ts';

describe('a directory', () => {
  it.each<[string, (parent: string) => string | Promise<string>]>([
    [
      'below a file',
      async (parent) => {
        await writeFile(join(parent, 'file'), '');
        return join(parent, 'file', 'out');
      },
    ],
    [
      'that is a file',
      async (parent) => {
        await writeFile(join(parent, 'file'), '');
        return join(parent, 'file');
      },
    ],
    ['that cannot be written', () => '/proc/sys'],
    ['with a NUL', (parent) => `${parent}/a\0b`],
  ])('%s is a DirectoryError, and nothing is sent', async (_, pathIn) => {
    const directory = await pathIn(await emptyDirectory());
    const service = await scripted(succeeded(stored.manifest()));
    const error = await failure(downloadExport(clientOf(service), handle, { directory }));
    const cause = expect.objectContaining({ code: expect.stringMatching(/^E/) });
    expectError(error, { name: 'DirectoryError', code: 'DIRECTORY', path: saying(directory), cause });
    expect(service.requests).toEqual([]);
  });

  it('with files of somebody else is a DirectoryError, and they stay', async () => {
    const directory = await emptyDirectory();
    await writeFile(join(directory, first), 'mine');
    expectError(await failure(download(stored.manifest(), directory)), {
      name: 'DirectoryError',
      path: directory,
      message: `${directory}: holds files but no export; give an empty or a new directory.`,
      cause: undefined,
    });
    expect(await readdir(directory)).toEqual([first]);
    expect(await readFile(join(directory, first), 'utf8')).toBe('mine');
  });

  it('of another export is a DirectoryError; restart takes it', async () => {
    const directory = await emptyDirectory();
    const other = { ...handle, operationId: 'another' };
    const running = await scripted(refusal(404));
    await failure(downloadExport(clientOf(running), other, { directory }));
    const error = await failure(download(stored.manifest(), directory));
    expectError(error, { name: 'DirectoryError', path: directory, message: saying('holds export another') });
    await download(stored.manifest(), directory, {}, { restart: true });
    await expectComplete(directory);
  });

  it('on a disk that is full is a DirectoryError; with space, the next run goes on', async ({ skip }) => {
    const directory = await emptyDirectory();
    const run = promisify(execFile);
    const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory]).catch((error) => error);
    if (mounted instanceof Error) return skip(`no tmpfs can be mounted here: ${mounted.message}`);
    onTestFinished(async () => {
      await run('umount', [directory]);
    });
    const large = Object.fromEntries(
      [first, second].map((name) => [name, gzipSync(`{"Tags":"${randomBytes(900_000).toString('hex')}"}\n`)]),
    );
    const storage = await inMemory(large);
    const manifest = storage.behind(manifestOf(large));
    expectError(await failure(download(manifest, directory)), {
      name: 'DirectoryError',
      path: saying(directory),
      message: saying('ENOSPC'),
    });
    await run('mount', ['-o', 'remount,size=8m', directory]);
    const result = await download(manifest, directory);
    expect(result).toMatchObject({ lineItems: 2 });
    await expectComplete(directory, large);
  });

  it.each([
    '',
    '{',
    'null',
    '7',
    '{"blobs":{"x":null}}',
    '{"blobs":7}',
    '{"handle":{}}',
    '{"manifest":{"blobs":[{}]}}',
  ])('whose export.json is %j is a DirectoryError that names it; restart helps', async (text) => {
    const directory = await emptyDirectory();
    const path = join(directory, 'export.json');
    await writeFile(path, text);
    const error = await failure(download(stored.manifest(), directory));
    const message = `${path}: is damaged; restart the download.`;
    expectError(error, { name: 'DirectoryError', path, message });
    await download(stored.manifest(), directory, {}, { restart: true });
    await expectComplete(directory);
  });

  it.each(['[]', '{}', '{"blobs":null}'])('whose export.json is %j is filled, whatever lies there', async (text) => {
    const directory = await emptyDirectory();
    await writeFile(join(directory, 'export.json'), text);
    await writeFile(join(directory, first), gzipSync('{"Unit":"of another export"}\n'));
    await download(stored.manifest(), directory);
    await expectComplete(directory);
  });
});

/** A directory in which a run has stopped half way through the first blob, by an abort. */
async function stopped(): Promise<{ directory: string; storage: Awaited<ReturnType<typeof faultyStorage>> }> {
  const directory = await emptyDirectory();
  const storage = await faultyStorage([breakOff('stall', 0.5)]);
  const controller = new AbortController();
  const reason = new Error('enough');
  const onProgress = ({ bytes }: { bytes: number }) => {
    if (bytes > 0) controller.abort(reason);
  };
  const one = { blobs: [{ name: first }, { name: second }, { name: third }] };
  const running = download(
    storage.behind(stored.manifest(3_600_000, one)),
    directory,
    { fetch: unobserved },
    { signal: controller.signal, concurrency: 1, onProgress },
  );
  expect(await failure(running)).toBe(reason);
  storage.heal();
  return { directory, storage };
}

describe('an abort', () => {
  it.each([new Error('enough'), 'enough', null, { why: 'enough' }])(
    'at once rejects with its reason (%s), and nothing is sent',
    async (reason) => {
      const directory = await emptyDirectory();
      const service = await scripted(succeeded(stored.manifest()));
      const running = downloadExport(clientOf(service), handle, { directory, signal: AbortSignal.abort(reason) });
      expect(await failure(running)).toBe(reason);
      expect(service.requests).toEqual([]);
      await download(stored.manifest(), directory);
      await expectComplete(directory);
    },
  );

  it('in the middle rejects with its reason; the next run goes on with Range and If-Match', async () => {
    const { directory, storage } = await stopped();
    const { size: there } = await stat(join(directory, `${first}.partial`));
    expect(there).toBeGreaterThan(0);
    expect((await readdir(directory)).sort()).toEqual(['export.json', `${first}.partial`]);
    storage.requests.length = 0;
    await download(storage.behind(stored.manifest()), directory);
    expect(storage.of(first)).toMatchObject([
      { range: `bytes=${there}-`, ifMatch: expect.stringMatching(/^"0x\w+"$/) },
    ]);
    await expectComplete(directory);
  });

  it('while the export is waited for rejects with its reason', async () => {
    const directory = await emptyDirectory();
    const controller = new AbortController();
    const reason = new Error('enough');
    const service = await scripted({ body: example('running'), headers: { 'retry-after': '60' } });
    const onPoll = () => void setImmediate(() => controller.abort(reason));
    const running = downloadExport(clientOf(service), handle, { directory, signal: controller.signal, onPoll });
    expect(await failure(running)).toBe(reason);
    await download(stored.manifest(), directory);
    await expectComplete(directory);
  });

  it('while the storage is silent, at all blobs, rejects with its reason and leaves nothing locked', async () => {
    const directory = await emptyDirectory();
    const controller = new AbortController();
    const reason = new Error('enough');
    let asked = 0;
    const storage = await startFaultyStorage(emulator(storageUrl()), () => (response) => {
      response.writeHead(200, { etag: '"1"', 'content-length': '1000' }).flushHeaders();
      if (++asked === 3) setImmediate(() => controller.abort(reason));
    });
    onTestFinished(storage.close);
    const manifest = storage.behind(stored.manifest());
    const running = download(manifest, directory, { fetch: unobserved }, { signal: controller.signal });
    expect(await failure(running)).toBe(reason);
    expect(existsSync(join(directory, 'export.lock'))).toBe(false);
    await download(stored.manifest(), directory).catch((error: unknown) => {
      expectError(error, { name: 'BlobError', status: 412 }); // The ETag noted is of no blob of the emulator.
    });
    await download(stored.manifest(), directory);
    await expectComplete(directory);
  });

  it('of many at the same time ends no run before its last write has', async () => {
    const storage = await faultyStorage();
    const manifest = storage.behind(stored.manifest());
    for (let calls = 0; calls < 12; calls++) {
      const directory = await emptyDirectory();
      const controller = new AbortController();
      const onProgress = vi.fn(() => onProgress.mock.calls.length > calls && controller.abort());
      // One that is complete before its abort comes is fine, too.
      await download(manifest, directory, {}, { signal: controller.signal, onProgress }).catch(() => {});
      expectUnlocked(directory);
    }
    const directory = await emptyDirectory();
    await download(manifest, directory);
    await expectComplete(directory);
  });

  it('by a rejection of onProgress rejects with it', async () => {
    const directory = await emptyDirectory();
    const reason = new Error('mine');
    const onProgress = async () => Promise.reject(reason);
    expect(await failure(download(stored.manifest(), directory, {}, { onProgress }))).toBe(reason);
    await download(stored.manifest(), directory);
    await expectComplete(directory);
  });

  it('by an error of onProgress rejects with it', async () => {
    const directory = await emptyDirectory();
    const reason = new Error('mine');
    const onProgress = vi.fn(() => {
      throw reason;
    });
    expect(await failure(download(stored.manifest(), directory, {}, { onProgress }))).toBe(reason);
    await download(stored.manifest(), directory);
    await expectComplete(directory);
  });
});

describe('a partial file', () => {
  it.each<[string, (path: string) => Promise<void>]>([
    ['that got lost begins anew', (path) => rm(path)],
    ['that is empty begins anew', (path) => writeFile(path, '')],
    [
      'with other bytes is found out, and begins anew',
      async (path) => {
        const bytes = await readFile(path);
        await writeFile(path, bytes.fill(0, bytes.length >> 1));
      },
    ],
    ['that is as long as the blob but not the blob begins anew', (path) => writeFile(path, new Uint8Array(size))],
    ['that is the whole blob is given its name', (path) => writeFile(path, blobs[first] ?? '')],
  ])('%s', async (_, change) => {
    const { directory, storage } = await stopped();
    await change(join(directory, `${first}.partial`));
    await download(storage.behind(stored.manifest()), directory);
    await expectComplete(directory);
  });

  it('that is longer than the blob: a BlobError at most, and the next run is complete', async () => {
    const { directory, storage } = await stopped();
    await appendFile(join(directory, `${first}.partial`), new Uint8Array(size));
    const manifest = storage.behind(stored.manifest());
    const outcome = await download(manifest, directory).catch((error: unknown) => error);
    if (outcome instanceof Error) expectError(outcome, blobError('refused with 416', { status: 416 }));
    await download(manifest, directory);
    await expectComplete(directory);
  });

  it('whose state got lost begins anew', async () => {
    const { directory, storage } = await stopped();
    await writeFile(join(directory, 'export.json'), '{}');
    storage.requests.length = 0;
    await download(storage.behind(stored.manifest()), directory);
    expect(storage.of(first)).toMatchObject([{ range: undefined, ifMatch: undefined }]);
    await expectComplete(directory);
  });
});

describe('a symbolic link', () => {
  async function outside(): Promise<string> {
    const path = join(await emptyDirectory(), 'target');
    await writeFile(path, 'untouched');
    return path;
  }

  it.each([
    ['a partial file', `${first}.partial`],
    ['a blob', second],
    ['the state', 'export.json'],
  ])('in the place of %s is a DirectoryError, and its target stays as it is', async (_, name) => {
    const target = await outside();
    const { directory, storage } = await stopped();
    const state = join(directory, 'export.json');
    const kept = `${await emptyDirectory()}/export.json`;
    await writeFile(kept, await readFile(state));
    await rm(join(directory, name), { force: true });
    await symlink(target, join(directory, name));
    const manifest = storage.behind(stored.manifest());

    const error = await failure(download(manifest, directory));
    expectError(error, { name: 'DirectoryError', path: saying(join(directory, name)) });
    expectError(await failure(download(manifest, directory)), { name: 'DirectoryError' });
    expect(await readFile(target, 'utf8')).toBe('untouched');
    expect((await lstat(join(directory, name))).isSymbolicLink()).toBe(true);

    await rm(join(directory, name));
    if (name === 'export.json') await writeFile(state, await readFile(kept));
    await download(manifest, directory);
    await expectComplete(directory);
  });

  it('in the place of a blob, to a file that is not there, makes none', async () => {
    const target = `${await outside()}-new`;
    const { directory, storage } = await stopped();
    await symlink(target, join(directory, second));
    await symlink(target, join(directory, `${third}.partial`));
    expectError(await failure(download(storage.behind(stored.manifest()), directory)), { name: 'DirectoryError' });
    expect(existsSync(target)).toBe(false);
  });

  it.each(['export.json.partial', 'export.lock', `export.lock.${process.pid}`])(
    'in the place of %s is replaced, and its target stays as it is',
    async (name) => {
      const target = await outside();
      const directory = await emptyDirectory();
      await symlink(target, join(directory, name));
      await download(stored.manifest(), directory);
      expect(await readFile(target, 'utf8')).toBe('untouched');
      await expectComplete(directory);
    },
  );

  it('in the place of a partial file: restart takes the link away, and its target stays as it is', async () => {
    const target = await outside();
    const { directory, storage } = await stopped();
    await rm(join(directory, `${first}.partial`));
    await symlink(target, join(directory, `${first}.partial`));
    await symlink(target, join(directory, second));
    await download(storage.behind(stored.manifest()), directory, {}, { restart: true });
    expect(await readFile(target, 'utf8')).toBe('untouched');
    await expectComplete(directory);
  });
});

it('restart removes nothing outside the directory, whatever export.json says', async () => {
  const parent = await emptyDirectory();
  const victim = join(parent, 'victim');
  await writeFile(victim, 'untouched');
  const { directory, storage } = await stopped();
  const inside = join(parent, 'out');
  await rename(directory, inside);
  const state = JSON.parse(await readFile(join(inside, 'export.json'), 'utf8'));
  state.manifest.blobs.push({ name: '../victim' });
  await writeFile(join(inside, 'export.json'), JSON.stringify(state));
  await download(storage.behind(stored.manifest()), inside, {}, { restart: true }).catch((error: unknown) => {
    expect(error).toBeInstanceOf(UnbilledUsageError);
  });
  expect(await readFile(victim, 'utf8')).toBe('untouched');
});

describe('two runs of one process on one directory', () => {
  it.each<[string, (directory: string) => string | Promise<string>]>([
    ['as it is', (directory) => directory],
    ['with a slash', (directory) => `${directory}/`],
    [
      'by a symbolic link',
      async (directory) => {
        const alias = join(await emptyDirectory(), 'alias');
        await symlink(directory, alias);
        return alias;
      },
    ],
  ])('given %s: the second is a DirectoryError at once, and the first is undisturbed', async (_, aliasOf) => {
    const directory = await emptyDirectory();
    const { promise: begun, resolve: asked } = deferred();
    const { promise: released, resolve: release } = deferred();
    const storage = await faultyStorage([
      (response, ask) => {
        asked();
        return hold(released)(response, ask);
      },
    ]);
    const manifest = storage.behind(stored.manifest());
    const running = download(manifest, directory);
    running.catch(() => {}); // It is waited for below.
    await begun;
    const service = await scripted(succeeded(manifest));
    const again = downloadExport(clientOf(service), handle, { directory: await aliasOf(directory), restart: true });
    const error = await failure(again).finally(release);
    expectError(error, { name: 'DirectoryError', message: saying('in use') });
    expect(service.requests).toEqual([]);
    expect((await running).lineItems).toBe(month.length);
    await expectComplete(directory);
    expect(storage.requests).toHaveLength(3);
    await download(manifest, directory);
  });
});
