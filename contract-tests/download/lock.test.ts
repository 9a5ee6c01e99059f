import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { downloadExport } from '../../src/node/index.ts';
import { clearLeftovers, isOfLock, lock } from '../../src/node/lock.ts';
import { clientOf, emptyDirectory, failure } from '../support/play.ts';

type Link = (existing: string, path: string) => Promise<void>;

/** Replacements for creating a link, for the moment before a lock is flushed, and for a wait. */
const world = vi.hoisted(() => {
  // In a mutation run, the suites before and after this one share its modules, but not its mocks.
  vi.resetModules();
  return {
    link: undefined as ((real: Link, ...args: Parameters<Link>) => Promise<void>) | undefined,
    beforeFlush: async () => {},
    wait: vi.fn(async () => {}),
  };
});
afterAll(() => void vi.resetModules());

// With StrykerJS, all suites share one worker, and another one may have loaded the lock already.
vi.hoisted(() => vi.resetModules());

vi.mock('node:fs/promises', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs/promises')>();
  const link: Link = (...args) => (world.link ? world.link(real.link, ...args) : real.link(...args));
  return { ...real, link };
});
vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs')>();
  const fsync = (...[fd, done]: Parameters<typeof real.fsync>) => {
    world.beforeFlush().then(() => real.fsync(fd, done), done);
  };
  return { ...real, fsync };
});
vi.mock('node:timers/promises', () => ({ setTimeout: world.wait }));

afterEach(() => {
  world.link = undefined;
  world.beforeFlush = async () => {};
  world.wait.mockReset();
});

const manifest = {
  eTag: '1',
  rootDirectory: 'https://storage.example/d',
  sasToken: 'sig=1',
  blobs: [{ name: 'a.gz' }],
};
const complete = ['a.gz', 'export.json'];
const uuid = 'a9ab9cb5-d07f-4f52-9ea6-a09d7de52c14';

/** Downloads one small blob without a network. */
function download(directory: string) {
  const fetch = async () => new Response(gzipSync('{}\n'), { headers: { etag: '"1"' } });
  return downloadExport(clientOf({ url: 'https://graph.example' }, { fetch }), manifest, { directory });
}

/** The ID of a process that has ended. */
let dead = 0;
beforeAll(async () => {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  dead = child.pid ?? 0;
});

function alive(): number {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill());
  return child.pid ?? 0;
}

/** Returns the content of a lock of this host. */
function lockOf(pid: number, rest: object = {}): string {
  return JSON.stringify({ id: `${pid}.${uuid}`, pid, host: hostname(), ...rest });
}

/** Creates a directory with a lock. */
async function lockedDirectory(content: string): Promise<{ directory: string; path: string }> {
  const directory = await emptyDirectory();
  const path = join(directory, 'export.lock');
  await writeFile(path, content);
  return { directory, path };
}

/** Replaces a file atomically. */
async function replace(path: string, content: string): Promise<void> {
  await writeFile(`${path}-new`, content);
  await rename(`${path}-new`, path);
}

function errorOf(code: string): Error {
  return Object.assign(new Error(`${code}: of the test`), { code });
}

const isClaim = (path: string) => path.includes('export.lock.claim.');

describe('a directory with a lock', () => {
  const advice = 'Remove that file if that process is not running unbilled-usage.';

  it.each<[string, () => { pid: number; host: string; namespace?: string; since?: unknown }, string]>([
    ['of a running process', () => ({ pid: alive(), host: hostname() }), ''],
    ['of process 1, which belongs to another user', () => ({ pid: 1, host: hostname() }), ''],
    [
      'of another container, whose processes are not visible',
      () => ({ pid: dead, host: hostname(), namespace: 'pid:[1]' }),
      '',
    ],
    ['of another host, whose processes are not visible', () => ({ pid: dead, host: 'elsewhere.example' }), ''],
    [
      'that has a start time',
      () => ({ pid: alive(), host: hostname(), since: '2026-03-01T12:00:00.000Z' }),
      ' since 2026-03-01T12:00:00.000Z',
    ],
    ['that has an invalid start time', () => ({ pid: alive(), host: hostname(), since: { toString: 1 } }), ''],
  ])('%s throws a DirectoryError that names the process, and keeps the lock', async (_, ownerOf, since) => {
    const owner = ownerOf();
    const { directory, path } = await lockedDirectory(JSON.stringify(owner));
    expect(await failure(download(directory))).toMatchObject({
      name: 'DirectoryError',
      code: 'DIRECTORY',
      path: directory,
      message: `${directory} is in use by process ${owner.pid} on ${owner.host}${since} (export.lock). ${advice}`,
    });
    expect(await readdir(directory)).toEqual(['export.lock']);
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(owner);
  });

  it.each<[string, () => string]>([
    ['of a process that has ended', () => lockOf(dead, { started: 1, since: '2026-03-01T12:00:00.000Z' })],
    ['of an earlier process with our ID', () => lockOf(process.pid, { started: performance.timeOrigin - 1 })],
    ['of a process with the previous version', () => JSON.stringify({ pid: dead, host: hostname() })],
    [
      'of an earlier process with the previous version and our ID',
      () => JSON.stringify({ pid: process.pid, host: hostname() }),
    ],
    ['of a process killed before it wrote anything', () => ''],
    ['of a process killed while it wrote', () => lockOf(1).slice(0, -5)],
    ['of nobody', () => 'null'],
    ['with an ID that means a process group', () => lockOf(0)],
    ['with an ID that means all processes', () => lockOf(-1)],
    ['with an ID that is not a number', () => JSON.stringify({ pid: '1', host: hostname() })],
    ['without a host', () => JSON.stringify({ pid: 1 })],
  ])('%s can be used', async (_, text) => {
    const { directory } = await lockedDirectory(text());
    expect((await download(directory)).lineItems).toBe(1);
    expect((await readdir(directory)).sort()).toEqual(complete);
  });

  it('of a process of another user is in use', async () => {
    const { directory } = await lockedDirectory(lockOf(dead));
    const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
      throw errorOf('EPERM');
    });
    onTestFinished(() => kill.mockRestore());
    expect(await failure(lock(directory))).toMatchObject({
      message: expect.stringContaining(` is in use by process ${dead} `),
    });
    expect(kill.mock.calls).toEqual([[dead, 0]]);
  });

  it('of another run of this process throws a DirectoryError until that run has ended', async () => {
    const directory = await emptyDirectory();
    const ends = await Promise.allSettled([download(directory), download(directory)]);
    const [refused] = ends.filter((end) => end.status === 'rejected');
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(refused?.reason).toMatchObject({
      name: 'DirectoryError',
      message: `${directory} is in use by another download of this process.`,
    });
    await download(directory);
    expect((await readdir(directory)).sort()).toEqual(complete);
  });

  it('of another thread of this process is in use', async () => {
    const directory = await emptyDirectory();
    const thread = new Worker(new URL('../support/lock-thread.ts', import.meta.url), { workerData: directory });
    onTestFinished(async () => void (await thread.terminate()));
    await once(thread, 'message');
    expect(await failure(lock(directory))).toMatchObject({
      message: expect.stringContaining(` is in use by process ${process.pid} on ${hostname()} since `),
    });
    thread.postMessage('unlock');
    await once(thread, 'exit');
    await (await lock(directory))();
  });

  it('of another copy of the module is in use', async () => {
    const directory = await emptyDirectory();
    vi.resetModules();
    const unlock = await (await import('../../src/node/lock.ts')).lock(directory);
    expect(await failure(lock(directory))).toMatchObject({
      message: expect.stringContaining(` is in use by process ${process.pid} on ${hostname()} since `),
    });
    await unlock();
    await (await lock(directory))();
  });

  it.each<[string, (path: string) => unknown]>([
    ['a directory', (path) => mkdir(path)],
    ['a pipe, which would never end', (path) => execFileSync('mkfifo', [path])],
    ['a file too large for a lock', (path) => writeFile(path, ' '.repeat(5_000))],
  ])('that is %s throws a DirectoryError and keeps it', async (_, put) => {
    const directory = await emptyDirectory();
    const path = join(directory, 'export.lock');
    await put(path);
    const before = await stat(path);
    expect(await failure(lock(directory))).toMatchObject({
      name: 'DirectoryError',
      path,
      message: `${path} is not a lock file.`,
    });
    expect(await readdir(directory)).toEqual(['export.lock']);
    expect((await stat(path)).ino).toBe(before.ino);
  });

  it('throws a DirectoryError if the file system reports EEXIST for any file', async () => {
    const directory = await emptyDirectory();
    world.link = async () => {
      throw errorOf('EEXIST');
    };
    expect(await failure(lock(directory))).toMatchObject({
      name: 'DirectoryError',
      path: join(directory, 'export.lock'),
      message: expect.stringContaining('cannot be locked'),
    });
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('the lock', () => {
  it('names its owner and start time, and only its user can read it', async () => {
    const directory = await emptyDirectory();
    const before = new Date().toISOString();
    await lock(directory);
    expect(await readdir(directory)).toEqual(['export.lock']);
    const path = join(directory, 'export.lock');
    const { id, since, namespace: _, ...owner } = JSON.parse(await readFile(path, 'utf8'));
    expect(owner).toEqual({ pid: process.pid, host: hostname(), started: performance.timeOrigin });
    expect(id).toMatch(new RegExp(`^${process.pid}\\.[\\da-f-]{36}$`));
    expect(since >= before && since <= new Date().toISOString()).toBe(true);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('is only removed by its owner', async () => {
    const directory = await emptyDirectory();
    const unlock = await lock(directory);
    const path = join(directory, 'export.lock');
    const theirs = lockOf(alive());
    await replace(path, theirs);
    await unlock();
    expect(await readFile(path, 'utf8')).toBe(theirs);
  });

  it('can be released twice without releasing the next one', async () => {
    const directory = await emptyDirectory();
    const unlock = await lock(directory);
    await Promise.all([unlock(), unlock()]);
    const unlockNext = await lock(directory);
    await unlock();
    expect(await failure(lock(directory))).toMatchObject({ message: expect.stringContaining('in use by another') });
    await unlockNext();
    expect(await readdir(directory)).toEqual([]);
  });

  it('is taken if its owner releases it in the meantime', async () => {
    const { directory, path } = await lockedDirectory(lockOf(alive()));
    world.link = async (real, ...args) => {
      await real(...args).finally(() => rm(path, { force: true }));
      world.link = undefined;
    };
    await (await lock(directory))();
    expect(world.wait).not.toHaveBeenCalled();
  });

  it.each(['EEXIST', 'EIO'])('is taken if the link exists although the file system reports %s', async (code) => {
    const directory = await emptyDirectory();
    world.link = async (real, ...args) => {
      await real(...args);
      throw errorOf(code);
    };
    const unlock = await lock(directory);
    expect(await readdir(directory)).toEqual(['export.lock']);
    await unlock();
    expect(await readdir(directory)).toEqual([]);
  });

  it('of a dead process is not taken over if another process has just done so', async () => {
    const { directory, path } = await lockedDirectory(lockOf(dead));
    const theirs = lockOf(alive());
    world.link = async (real, existing, to) => {
      if (isClaim(to)) await replace(path, theirs);
      await real(existing, to);
    };
    expect(await failure(lock(directory))).toMatchObject({
      message: expect.stringContaining(' is in use by process '),
    });
    expect(await readFile(path, 'utf8')).toBe(theirs);
    expect(await readdir(directory)).toEqual(['export.lock']);
  });

  it('of a dead process is not taken over while a running process has the claim', async () => {
    const claimer = alive();
    const { directory, path } = await lockedDirectory(lockOf(dead));
    world.link = async (real, existing, to) => {
      if (isClaim(to)) await writeFile(to, lockOf(claimer));
      await real(existing, to);
    };
    expect(await failure(lock(directory))).toMatchObject({
      path: directory,
      message: expect.stringContaining(` is in use by process ${claimer} on ${hostname()} (export.lock.claim.`),
    });
    expect(await readFile(path, 'utf8')).toBe(lockOf(dead));
    expect(await readdir(directory)).toHaveLength(2);
  });

  it.each(['', lockOf(2 ** 22 + 1)])(
    'of a dead process is taken over even if other claimers died and left %j',
    async (content) => {
      const { directory } = await lockedDirectory(content);
      const claims = new Set<string>();
      world.link = async (real, existing, to) => {
        if (isClaim(to) && !claims.has(to) && claims.size < 3) await writeFile(to, content);
        if (isClaim(to)) claims.add(to);
        await real(existing, to);
      };
      await (await lock(directory))();
      expect(claims.size).toBe(4);
      expect(await readdir(directory)).toEqual([]);
    },
  );
});

describe('locking on a file system without hard links', () => {
  const withoutLinks = (code: string) => async () => {
    throw errorOf(code);
  };

  it.each(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV', 'EMLINK', 'EACCES', 'UNKNOWN'])(
    'works if linking fails with %s',
    async (code) => {
      world.link = withoutLinks(code);
      const directory = await emptyDirectory();
      const unlock = await lock(directory);
      const path = join(directory, 'export.lock');
      expect(await readdir(directory)).toEqual(['export.lock']);
      expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid });
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      await unlock();
      await writeFile(path, lockOf(dead));
      await (await lock(directory))();
      await writeFile(path, lockOf(alive()));
      expect(await failure(lock(directory))).toMatchObject({ message: expect.stringContaining(' is in use by ') });
      expect(await readdir(directory)).toEqual(['export.lock']);
    },
  );

  it('waits for a lock that is still being written, and respects it', async () => {
    world.link = withoutLinks('EPERM');
    const { directory, path } = await lockedDirectory('');
    const owner = alive();
    world.wait.mockImplementation(async () => {
      if (world.wait.mock.calls.length === 10) await writeFile(path, lockOf(owner));
    });
    expect(await failure(lock(directory))).toMatchObject({
      message: expect.stringContaining(` is in use by process ${owner} `),
    });
    expect(world.wait).toHaveBeenCalledTimes(10);
    expect(world.wait).toHaveBeenCalledWith(50);
  });

  it('gives up a lock that another process takes over before it is written', async () => {
    world.link = withoutLinks('EPERM');
    const directory = await emptyDirectory();
    const path = join(directory, 'export.lock');
    const theirs = lockOf(alive());
    world.beforeFlush = async () => {
      if ((await readdir(directory)).includes('export.lock')) await replace(path, theirs);
    };
    expect(await failure(lock(directory))).toMatchObject({ message: expect.stringContaining(' is in use by ') });
    expect(await readFile(path, 'utf8')).toBe(theirs);
  });

  it('throws a DirectoryError and removes a lock that cannot be flushed', async () => {
    world.link = withoutLinks('EPERM');
    const directory = await emptyDirectory();
    const path = join(directory, 'export.lock');
    world.beforeFlush = async () => {
      if ((await readdir(directory)).includes('export.lock')) throw errorOf('EIO');
    };
    expect(await failure(lock(directory))).toMatchObject({ name: 'DirectoryError', path });
    expect(await readdir(directory)).toEqual([]);
    world.beforeFlush = async () => {};
    await (await lock(directory))();
  });
});

describe('leftovers of processes killed while they took the lock', () => {
  it('are removed, unlike those of running processes and similar files', async () => {
    const directory = await emptyDirectory();
    await download(directory);
    const file = (name: string, content = '') => writeFile(join(directory, name), content);
    const earlier = performance.timeOrigin - 1;
    await file(`export.lock.${dead}`);
    await file(`export.lock.${dead}.${uuid}`, lockOf(dead));
    await file(`export.lock.${process.pid}.${uuid}`, lockOf(process.pid, { started: earlier }));
    await file(`export.lock.claim.${'0'.repeat(64)}`, lockOf(dead));
    await file(`export.lock.claim.${'1'.repeat(64)}`, lockOf(alive()));
    await symlink('nowhere', join(directory, `export.lock.${process.pid}`));

    const living = alive();
    const others: Record<string, string> = {
      [`export.lock.${living}`]: '',
      [`export.lock.${living}.${uuid}`]: lockOf(living),
      [`export.lock.${dead}.${uuid.replace('a', 'b')}`]: JSON.stringify({ pid: dead, host: 'elsewhere.example' }),
      [`export.lock.${process.pid}.${uuid.replace('a', 'b')}`]: lockOf(process.pid, {
        started: performance.timeOrigin,
      }),
      'export.lock.x': '',
      [`export.lock.${dead}.gz`]: '',
      [`my-export.lock.${dead}`]: '',
      [`my-export.lock.claim.${'0'.repeat(64)}`]: '',
      'export.lock.claim.0': '',
    };
    for (const [name, content] of Object.entries(others)) await file(name, content);
    await download(directory);
    expect((await readdir(directory)).sort()).toEqual([...complete, ...Object.keys(others)].sort());
  });

  it('may disappear before they are read', async () => {
    const directory = await emptyDirectory();
    await clearLeftovers(directory, [`export.lock.${dead}`, `export.lock.claim.${'0'.repeat(64)}`]);
  });

  it('do not count as other files in the directory', async () => {
    const directory = await emptyDirectory();
    await writeFile(join(directory, `export.lock.${dead}`), '');
    await writeFile(join(directory, 'export.json.partial'), '{"blo');
    await download(directory);
    expect((await readdir(directory)).sort()).toEqual(complete);
  });

  it('are recognised by their names', () => {
    const ours = ['export.lock', 'export.lock.7', `export.lock.7.${uuid}`, `export.lock.claim.${'0'.repeat(64)}`];
    const others = ['export.lock.gz', 'export.lock.7.gz', 'export.locks', `export.lock.claim.${'0'.repeat(64)}.gz`];
    expect(ours.filter(isOfLock)).toEqual(ours);
    expect(others.filter(isOfLock)).toEqual([]);
  });
});
