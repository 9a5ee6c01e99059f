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

/** Removes the caller's own lock and no other. A second call does nothing. */
export type Unlock = () => Promise<void>;

interface Owner {
  pid: number;
  host: string;
  /** On Linux, the PID namespace, since containers can share a host name. */
  namespace?: string | undefined;
  /** The start of the process, in ms. It is the same for all threads, even if the clock changes. */
  started?: number;
  /** The time when the process took the lock, in ISO 8601. */
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
 * Locks a directory, whose path must not contain a symbolic link.
 *
 * @throws A {@link DirectoryError} if another process holds the lock, or if the lock cannot be read or written
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

/** Creates a file that only one process can own at a time: the lock or a claim. Replaces the file of a dead process. */
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
    // Each extra attempt means that another process was faster. After so many, the file system must be the cause.
    for (let attempt = 0; attempt < 100; attempt++) {
      await at(path, create(path, temporary, mine));
      const content = await readSettled(path);
      if (content === mine) return release;
      if (content !== undefined) await takeOver(path, content, temporary);
    }
    throw new DirectoryError(path, 'cannot be locked, because it keeps changing');
  } catch (error) {
    await release().catch(() => {});
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Creates the file with its content if it does not exist. */
async function create(path: string, temporary: string, content: string): Promise<void> {
  // A link appears with its content. File systems without hard links fail with various codes. There, the file exists
  // before its content does, and `readSettled` waits for it.
  await link(temporary, path).catch(async ({ code }) => {
    if (code !== 'EEXIST') await write(path, content).catch(unless('EEXIST'));
  });
}

/**
 * Replaces a lock if its owner is dead. Several processes may find the same dead owner, and the last one must not
 * replace the new lock of the first. So only the process that has the claim to the old lock may replace it.
 */
async function takeOver(path: string, content: string, temporary: string): Promise<void> {
  const owner = ownerIn(content);
  if (owner && isAlive(owner)) throw new DirectoryError(dirname(path), inUseBy(owner, basename(path)));
  const hash = createHash('sha256').update(basename(path)).update(content).digest('hex');
  const release = await acquire(join(dirname(path), `${LOCK}.claim.${hash}`));
  try {
    if ((await read(path)) === content) await at(path, rename(temporary, path));
  } finally {
    await release();
  }
}

/**
 * Removes the files that processes left when they died while taking the lock. Only the holder of the lock may call it.
 */
export async function clearLeftovers(directory: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const path = join(directory, name);
    // A claim is to an old lock, which the current one has replaced. The owner of the claim sees that and does nothing.
    if (CLAIM.test(name) || (await isOfDeadProcess(path))) await at(path, rm(path, { force: true }));
  }
}

async function isOfDeadProcess(path: string): Promise<boolean> {
  const [, pid] = TEMPORARY.exec(basename(path)) ?? [];
  if (pid === undefined) return false;
  const content = (await read(path)) ?? '';
  return !isAlive(ownerIn(content) ?? { pid: Number(pid), host: hostname() });
}

/** Returns whether a name belongs to the lock, or to a file that is used to take it. */
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

/** Returns the content of a lock, or nothing if there is none. */
async function read(path: string): Promise<string | undefined> {
  const stats = await at(path, lstat(path).catch(unless('ENOENT')));
  if (!stats) return undefined;
  if (stats.isSymbolicLink()) return ''; // Its target is not ours to read.
  if (!stats.isFile() || stats.size > 4_096) throw new DirectoryError(path, 'is not a lock file');
  return (await at(path, readFile(path, 'utf8').catch(unless('ENOENT')))) ?? undefined;
}

/** Reads a lock. If it has no owner yet, waits up to a second, because another process may be writing it. */
async function readSettled(path: string): Promise<string | undefined> {
  for (let looks = 1; ; looks++) {
    const content = await read(path);
    if (content === undefined || ownerIn(content) || looks === 20) return content;
    await setTimeout(50);
  }
}

/** Returns the owner of a lock, or nothing if the process was killed before it wrote its name. */
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
 * Returns whether a process is alive. A process of another host or container counts as alive, because it cannot be
 * checked. A process with our PID but another start time is dead.
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
  const time = since === undefined ? '' : ` since ${since}`;
  return `is in use by process ${pid} on ${host}${time} (${name}). Remove that file if that process is not running unbilled-usage`;
}

/** Returns a handler for `catch` that ignores errors with this code. */
function unless(code: string): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (error.code !== code) throw error;
  };
}
