import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { downloadExport } from '../src/node/index.ts';
import { clientOf, emptyDirectory, failure } from './harness/play.ts';

const manifest = {
  eTag: '1',
  rootDirectory: 'https://storage.example/d',
  sasToken: 'sig=1',
  blobs: [{ name: 'a.gz' }],
};
const complete = ['a.gz', 'export.json'];

/** A download of one small blob, over no wire. */
function download(directory: string) {
  const fetch = async () => new Response(gzipSync('{}\n'), { headers: { etag: '"1"' } });
  return downloadExport(clientOf({ url: 'https://graph.example' }, { fetch }), manifest, { directory });
}

/** The number of a process that has ended, and of one that lives as long as the test. */
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

describe('a directory that is locked', () => {
  it.each<[string, () => { pid: number; host: string }]>([
    ['by a process that lives', () => ({ pid: alive(), host: hostname() })],
    ['by the first process, which is not ours to ask', () => ({ pid: 1, host: hostname() })],
    ['on another host, whose processes nobody here can know', () => ({ pid: dead, host: 'elsewhere.example' })],
  ])('%s is a DirectoryError that says by which, and the lock stays', async (_, ownerOf) => {
    const directory = await emptyDirectory();
    const owner = ownerOf();
    await writeFile(join(directory, 'export.lock'), JSON.stringify(owner));
    expect(await failure(download(directory))).toMatchObject({
      name: 'DirectoryError',
      code: 'DIRECTORY',
      path: directory,
      message: `${directory}: is in use by process ${owner.pid} on ${owner.host} (export.lock).`,
    });
    expect(await readdir(directory)).toEqual(['export.lock']);
    expect(JSON.parse(await readFile(join(directory, 'export.lock'), 'utf8'))).toEqual(owner);
  });

  it.each<[string, () => string]>([
    ['by a process that has ended', () => JSON.stringify({ pid: dead, host: hostname() })],
    ['by one that had the number of this process', () => JSON.stringify({ pid: process.pid, host: hostname() })],
    ['by one that was killed before it had written who it is', () => ''],
  ])('%s is free', async (_, text) => {
    const directory = await emptyDirectory();
    await writeFile(join(directory, 'export.lock'), text());
    expect((await download(directory)).lineItems).toBe(1);
    expect((await readdir(directory)).sort()).toEqual(complete);
  });

  it('by a run of this process is a DirectoryError that says so; it is free when that has ended', async () => {
    const directory = await emptyDirectory();
    const ends = await Promise.allSettled([download(directory), download(directory)]);
    const [refused] = ends.filter((end) => end.status === 'rejected');
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(refused?.reason).toMatchObject({
      name: 'DirectoryError',
      message: `${directory}: is in use by another download of this process.`,
    });
    await download(directory);
    expect((await readdir(directory)).sort()).toEqual(complete);
  });
});

describe('what processes left that were killed while they took the lock', () => {
  it('is taken away; what one that lives has, and what only looks like it, is not', async () => {
    const directory = await emptyDirectory();
    await download(directory);
    const kept = [`export.lock.${alive()}`, 'export.lock.x', `export.lock.${dead}.gz`, `my-export.lock.${dead}`];
    for (const name of [`export.lock.${dead}`, ...kept]) await writeFile(join(directory, name), '');
    await download(directory);
    expect((await readdir(directory)).sort()).toEqual([...complete, ...kept].sort());
  });

  it('does not make a directory look as if it held something else', async () => {
    const directory = await emptyDirectory();
    await writeFile(join(directory, `export.lock.${dead}`), '');
    await writeFile(join(directory, 'export.json.partial'), '{"blo');
    await download(directory);
    expect((await readdir(directory)).sort()).toEqual(complete);
  });
});
