import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, lstat, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Progress, UnbilledUsageError } from '../../src/index.ts';
import { downloadExport } from '../../src/node/index.ts';
import {
  blobError,
  blobs,
  containing,
  download,
  expectComplete,
  expectError,
  expectUnlocked,
  faultyStorage,
  first,
  inMemory,
  manifestOf,
  month,
  second,
  size,
  stored,
  third,
  unobserved,
} from '../support/faulty-download.ts';
import { breakOff, forwardTo, hold, startFaultyStorage } from '../support/faulty-storage.ts';
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
  ])('%s throws a DirectoryError before any request', async (_, pathIn) => {
    const directory = await pathIn(await emptyDirectory());
    const service = await scripted(succeeded(stored.manifest()));
    const error = await failure(downloadExport(clientOf(service), handle, { directory }));
    const cause = expect.objectContaining({ code: expect.stringMatching(/^E/) });
    expectError(error, { name: 'DirectoryError', code: 'DIRECTORY', path: containing(directory), cause });
    expect(service.requests).toEqual([]);
  });

  it('with other files throws a DirectoryError, and they are kept', async () => {
    const directory = await emptyDirectory();
    await writeFile(join(directory, first), 'mine');
    expectError(await failure(download(stored.manifest(), directory)), {
      name: 'DirectoryError',
      path: directory,
      message: `${directory} contains files but no export; use an empty or a new directory.`,
      cause: undefined,
    });
    expect(await readdir(directory)).toEqual([first]);
    expect(await readFile(join(directory, first), 'utf8')).toBe('mine');
  });

  it('of another export throws a DirectoryError, unless restarted', async () => {
    const directory = await emptyDirectory();
    const other = { ...handle, operationId: 'another' };
    const running = await scripted(refusal(404));
    await failure(downloadExport(clientOf(running), other, { directory }));
    const error = await failure(download(stored.manifest(), directory));
    expectError(error, { name: 'DirectoryError', path: directory, message: containing('contains export another') });
    await download(stored.manifest(), directory, {}, { restart: true });
    await expectComplete(directory);
  });

  it('on a full disk throws a DirectoryError, and the next run resumes once there is space', async ({ skip }) => {
    const directory = await emptyDirectory();
    const run = promisify(execFile);
    const mount = await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory]).catch((error) => error);
    if (mount instanceof Error) return skip(`cannot mount a tmpfs here: ${mount.message}`);
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
      path: containing(directory),
      message: containing('ENOSPC'),
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
  ])('whose export.json is %j throws a DirectoryError that names it, unless restarted', async (text) => {
    const directory = await emptyDirectory();
    const path = join(directory, 'export.json');
    await writeFile(path, text);
    const error = await failure(download(stored.manifest(), directory));
    const message = `${path} is damaged; delete its directory, and download again.`;
    expectError(error, { name: 'DirectoryError', path, message });
    await download(stored.manifest(), directory, {}, { restart: true });
    await expectComplete(directory);
  });

  it.each(['[]', '{}', '{"blobs":null}'])(
    'whose export.json is %j is filled, and its other files are replaced',
    async (text) => {
      const directory = await emptyDirectory();
      await writeFile(join(directory, 'export.json'), text);
      await writeFile(join(directory, first), gzipSync('{"Unit":"of another export"}\n'));
      await download(stored.manifest(), directory);
      await expectComplete(directory);
    },
  );
});

/** Prepares a directory in which a run was aborted half way through the first blob. */
async function abortedRun(): Promise<{ directory: string; storage: Awaited<ReturnType<typeof faultyStorage>> }> {
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
    'before the start rejects with its reason (%s), and nothing is sent',
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

  it('in the middle rejects with its reason, and the next run resumes with Range and If-Match', async () => {
    const { directory, storage } = await abortedRun();
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

  it('while waiting for the export rejects with its reason', async () => {
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

  it('while all blobs stall rejects with its reason and leaves no lock', async () => {
    const directory = await emptyDirectory();
    const controller = new AbortController();
    const reason = new Error('enough');
    let count = 0;
    const storage = await startFaultyStorage(forwardTo(stored.url), () => (response) => {
      response.writeHead(200, { etag: '"1"', 'content-length': '1000' }).flushHeaders();
      if (++count === 3) setImmediate(() => controller.abort(reason));
    });
    onTestFinished(storage.close);
    const manifest = storage.behind(stored.manifest());
    const running = download(manifest, directory, { fetch: unobserved }, { signal: controller.signal });
    expect(await failure(running)).toBe(reason);
    expect(existsSync(join(directory, 'export.lock'))).toBe(false);
    await download(stored.manifest(), directory).catch((error: unknown) => {
      expectError(error, { name: 'BlobError', status: 412 }); // The storage has no blob with the recorded ETag.
    });
    await download(stored.manifest(), directory);
    await expectComplete(directory);
  });

  it('never ends a run before its last write', async () => {
    const storage = await faultyStorage();
    const manifest = storage.behind(stored.manifest());
    for (let calls = 0; calls < 12; calls++) {
      const directory = await emptyDirectory();
      const controller = new AbortController();
      const onProgress = vi.fn(() => onProgress.mock.calls.length > calls && controller.abort());
      // A run may complete before its abort.
      await download(manifest, directory, {}, { signal: controller.signal, onProgress }).catch(() => {});
      expectUnlocked(directory);
    }
    const directory = await emptyDirectory();
    await download(manifest, directory);
    await expectComplete(directory);
  });

  it('by an onProgress that rejects has its error as the reason', async () => {
    const directory = await emptyDirectory();
    const reason = new Error('mine');
    const onProgress = async () => Promise.reject(reason);
    expect(await failure(download(stored.manifest(), directory, {}, { onProgress }))).toBe(reason);
    await download(stored.manifest(), directory);
    await expectComplete(directory);
  });

  it('by an onProgress that rejects after the last blob has its error as the reason', async () => {
    const directory = await emptyDirectory();
    const reason = new Error('mine');
    const onProgress = async ({ blobs, blobCount }: Progress) => {
      if (blobs < blobCount) return;
      for (let turn = 0; turn < 1_000; turn++) await nextTurn();
      throw reason;
    };
    expect(await failure(download(stored.manifest(), directory, {}, { onProgress }))).toBe(reason);
    await download(stored.manifest(), directory);
    await expectComplete(directory);
  });

  it('by an onProgress that throws has its error as the reason', async () => {
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
    ['that is missing is fetched from the start', (path) => rm(path)],
    ['that is empty is fetched from the start', (path) => writeFile(path, '')],
    [
      'with other bytes is detected, and fetched from the start',
      async (path) => {
        const bytes = await readFile(path);
        await writeFile(path, bytes.fill(0, bytes.length >> 1));
      },
    ],
    [
      'with the size of the blob but other bytes is fetched from the start',
      (path) => writeFile(path, new Uint8Array(size)),
    ],
    ['with the whole blob gets its final name', (path) => writeFile(path, blobs[first] ?? '')],
  ])('%s', async (_, change) => {
    const { directory, storage } = await abortedRun();
    await change(join(directory, `${first}.partial`));
    await download(storage.behind(stored.manifest()), directory);
    await expectComplete(directory);
  });

  it('that is longer than the blob may throw a BlobError, and the next run is complete', async () => {
    const { directory, storage } = await abortedRun();
    await appendFile(join(directory, `${first}.partial`), new Uint8Array(size));
    const manifest = storage.behind(stored.manifest());
    const outcome = await download(manifest, directory).catch((error: unknown) => error);
    if (outcome instanceof Error) expectError(outcome, blobError('refused with 416', { status: 416 }));
    await download(manifest, directory);
    await expectComplete(directory);
  });

  it('without a state is fetched from the start', async () => {
    const { directory, storage } = await abortedRun();
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
  ])('in place of %s throws a DirectoryError, and its target is unchanged', async (_, name) => {
    const target = await outside();
    const { directory, storage } = await abortedRun();
    const state = join(directory, 'export.json');
    const backup = `${await emptyDirectory()}/export.json`;
    await writeFile(backup, await readFile(state));
    await rm(join(directory, name), { force: true });
    await symlink(target, join(directory, name));
    const manifest = storage.behind(stored.manifest());

    const error = await failure(download(manifest, directory));
    expectError(error, { name: 'DirectoryError', path: containing(join(directory, name)) });
    expectError(await failure(download(manifest, directory)), { name: 'DirectoryError' });
    expect(await readFile(target, 'utf8')).toBe('untouched');
    expect((await lstat(join(directory, name))).isSymbolicLink()).toBe(true);

    await rm(join(directory, name));
    if (name === 'export.json') await writeFile(state, await readFile(backup));
    await download(manifest, directory);
    await expectComplete(directory);
  });

  it('in place of a blob does not create its missing target', async () => {
    const target = `${await outside()}-new`;
    const { directory, storage } = await abortedRun();
    await symlink(target, join(directory, second));
    await symlink(target, join(directory, `${third}.partial`));
    expectError(await failure(download(storage.behind(stored.manifest()), directory)), { name: 'DirectoryError' });
    expect(existsSync(target)).toBe(false);
  });

  it.each(['export.json.partial', 'export.lock', `export.lock.${process.pid}`])(
    'in place of %s is replaced, and its target is unchanged',
    async (name) => {
      const target = await outside();
      const directory = await emptyDirectory();
      await symlink(target, join(directory, name));
      await download(stored.manifest(), directory);
      expect(await readFile(target, 'utf8')).toBe('untouched');
      await expectComplete(directory);
    },
  );

  it('in place of a partial file is removed by restart, and its target is unchanged', async () => {
    const target = await outside();
    const { directory, storage } = await abortedRun();
    await rm(join(directory, `${first}.partial`));
    await symlink(target, join(directory, `${first}.partial`));
    await symlink(target, join(directory, second));
    await download(storage.behind(stored.manifest()), directory, {}, { restart: true });
    expect(await readFile(target, 'utf8')).toBe('untouched');
    await expectComplete(directory);
  });
});

it('restart removes nothing outside the directory, even if export.json names it', async () => {
  const parent = await emptyDirectory();
  const victim = join(parent, 'victim');
  await writeFile(victim, 'untouched');
  const { directory, storage } = await abortedRun();
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
    ['unchanged', (directory) => directory],
    ['with a slash', (directory) => `${directory}/`],
    [
      'as a symbolic link',
      async (directory) => {
        const alias = join(await emptyDirectory(), 'alias');
        await symlink(directory, alias);
        return alias;
      },
    ],
  ])('conflict with the path %s: the second throws a DirectoryError, the first completes', async (_, aliasOf) => {
    const directory = await emptyDirectory();
    const { promise: start, resolve: begin } = deferred();
    const { promise: released, resolve: release } = deferred();
    const storage = await faultyStorage([
      (response, ask) => {
        begin();
        return hold(released)(response, ask);
      },
    ]);
    const manifest = storage.behind(stored.manifest());
    const running = download(manifest, directory);
    running.catch(() => {}); // It is awaited below.
    await start;
    const service = await scripted(succeeded(manifest));
    const again = downloadExport(clientOf(service), handle, { directory: await aliasOf(directory), restart: true });
    const error = await failure(again).finally(release);
    expectError(error, { name: 'DirectoryError', message: containing('in use') });
    expect(service.requests).toEqual([]);
    expect((await running).lineItems).toBe(month.length);
    await expectComplete(directory);
    expect(storage.requests).toHaveLength(3);
    await download(manifest, directory);
  });
});
