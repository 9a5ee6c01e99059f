import { createHash, randomUUID } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { link, lstat, open, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { at, DirectoryError } from './directory-error.ts';
import { flush } from './whole-file.ts';

export const LOCK = 'export.lock';

const TEMPORARY = /^export\.lock\.(\d+)(\.[\da-f-]{36})?$/;
const CLAIM = /^export\.lock\.claim\.[\da-f]{64}$/;

/** Removes one's own lock and no other. A second call does nothing. */
export type Unlock = () => Promise<void>;

interface Owner {
  pid: number;
  host: string;
  /** On Linux, the namespace that the number belongs to: containers of one host can have its name. */
  namespace?: string | undefined;
  /** When the process started, in ms. All threads of a process have the same number, whatever happens to the clock. */
  started?: number;
  /** When the process took the lock, as an ISO time. */
  since?: string;
}

const inUse = new Set<string>();

function pidNamespace(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return undefined;
  }
}

/**
 * Takes the lock of a directory, whose path must be a real one.
 *
 * @throws {@link DirectoryError} if somebody else holds the lock, or if it cannot be read or written
 */
export async function lock(directory: string): Promise<Unlock> {
  if (inUse.has(directory)) throw new DirectoryError(directory, 'is in use by another download of this process');
  inUse.add(directory);
  try {
    const release = await acquire(join(directory, LOCK));
    let released: Promise<void> | undefined;
    return () => {
      released ??= release().finally(() => inUse.delete(directory));
      return released;
    };
  } catch (error) {
    inUse.delete(directory);
    throw error;
  }
}

/** Creates a file that only one process at a time can have: the lock or a claim. Replaces that of a dead process. */
async function acquire(path: string): Promise<Unlock> {
  const id = `${process.pid}.${randomUUID()}`;
  const where = { host: hostname(), namespace: pidNamespace() };
  const mine = JSON.stringify({ id, pid: process.pid, ...where, started: performance.timeOrigin, since: new Date() });
  const temporary = join(dirname(path), `${LOCK}.${id}`);
  const release = async () => {
    if ((await read(path)) === mine) await at(path, rm(path, { force: true }));
  };
  try {
    await at(temporary, write(temporary, mine));
    // Each further attempt means that another process was quicker. After so many, the file system must be at fault.
    for (let attempt = 0; attempt < 100; attempt++) {
      await at(path, create(path, temporary, mine));
      const found = await readSettled(path);
      if (found === mine) return release;
      if (found !== undefined) await takeOver(path, found, temporary);
    }
    throw new DirectoryError(path, 'cannot be locked, because it changes all the time');
  } catch (error) {
    await release().catch(() => {});
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Creates the file with its content, unless it exists. */
async function create(path: string, temporary: string, content: string): Promise<void> {
  // Nobody sees a link without its content. File systems without hard links, which use many codes to say so, can only
  // create the file first and write its content then. `readSettled` waits for that.
  await link(temporary, path).catch(async ({ code }) => {
    if (code !== 'EEXIST') await write(path, content).catch(unless('EEXIST'));
  });
}

/**
 * Replaces a lock if its owner is dead. Others may have found the same owner dead, and the last to act must not replace
 * the lock of the first. So only the process that has the claim to this one lock may replace it.
 */
async function takeOver(path: string, found: string, temporary: string): Promise<void> {
  const owner = ownerIn(found);
  if (owner && isAlive(owner)) throw new DirectoryError(dirname(path), inUseBy(owner, basename(path)));
  const hash = createHash('sha256').update(basename(path)).update(found).digest('hex');
  const release = await acquire(join(dirname(path), `${LOCK}.claim.${hash}`));
  try {
    if ((await read(path)) === found) await at(path, rename(temporary, path));
  } finally {
    await release();
  }
}

/** Removes what dead processes left while they took the lock. Only the holder of the lock may call it. */
export async function clearLeftovers(directory: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const path = join(directory, name);
    // A claim is to a lock that the holder's has replaced for good. Whoever has the claim reads that, and does nothing.
    if (CLAIM.test(name) || (await isOfDeadProcess(path))) await at(path, rm(path, { force: true }));
  }
}

async function isOfDeadProcess(path: string): Promise<boolean> {
  const [, pid] = TEMPORARY.exec(basename(path)) ?? [];
  if (pid === undefined) return false;
  const content = (await read(path)) ?? '';
  return !isAlive(ownerIn(content) ?? { pid: Number(pid), host: hostname() });
}

/** Returns whether a name in the directory is that of the lock, or of a file that serves to take it. */
export function isOfLock(name: string): boolean {
  return name === LOCK || TEMPORARY.test(name) || CLAIM.test(name);
}

async function write(path: string, content: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await flush(file);
  } finally {
    await file.close();
  }
}

/** Returns what is in a lock, or nothing if there is none. */
async function read(path: string): Promise<string | undefined> {
  const found = await at(path, lstat(path).catch(unless('ENOENT')));
  if (!found) return undefined;
  if (found.isSymbolicLink()) return ''; // Its target is not ours to read.
  if (!found.isFile() || found.size > 4_096) throw new DirectoryError(path, 'is not a lock file');
  return (await at(path, readFile(path, 'utf8').catch(unless('ENOENT')))) ?? undefined;
}

/** Reads a lock. Waits for a second if it names no owner, because another process may be writing it. */
async function readSettled(path: string): Promise<string | undefined> {
  for (let looks = 1; ; looks++) {
    const found = await read(path);
    if (found === undefined || ownerIn(found) || looks === 20) return found;
    await setTimeout(50);
  }
}

/** Returns the owner of a lock, or nothing if it was killed before it had written who it is. */
function ownerIn(content: string): Owner | undefined {
  try {
    const { pid, host, namespace, started, since } = JSON.parse(content);
    if (!Number.isInteger(pid) || pid <= 0 || typeof host !== 'string') return undefined;
    return { pid, host, namespace, started, ...(typeof since === 'string' && { since }) };
  } catch {
    return undefined;
  }
}

/**
 * Nobody here can know the processes of other hosts and containers: they count as alive. A process of our own number that
 * started at another time is a former one.
 */
function isAlive({ pid, host, namespace = pidNamespace(), started }: Owner): boolean {
  if (host !== hostname() || namespace !== pidNamespace()) return true;
  if (pid === process.pid) return started === performance.timeOrigin;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function inUseBy({ pid, host, since }: Owner, name: string): string {
  const taken = since === undefined ? '' : ` since ${since}`;
  return `is in use by process ${pid} on ${host}${taken} (${name}). Remove that file if no such process is running unbilled-usage`;
}

/** For `catch`: ignores an error of this code. */
function unless(code: string): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (error.code !== code) throw error;
  };
}
