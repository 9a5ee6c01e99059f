import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { at, DirectoryError } from './directory-error.ts';

export const LOCK = 'export.lock';

const inUse = new Set<string>();

/** A link comes into being at once and with its content. The lock of a process that is no more does not count. */
export async function lock(directory: string): Promise<void> {
  if (inUse.has(directory)) throw new DirectoryError(directory, 'is in use by another download of this process');
  inUse.add(directory);
  const path = join(directory, LOCK);
  const temporary = `${path}.${process.pid}`;
  const mine = { pid: process.pid, host: hostname() };
  try {
    await at(temporary, rm(temporary, { force: true })); // Of a process that had this number, or a link: not to follow.
    await at(temporary, writeFile(temporary, JSON.stringify(mine), { mode: 0o600, flag: 'wx' }));
    for (;;) {
      try {
        return await link(temporary, path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw new DirectoryError(path, error);
      }
      const owner = await ownerOf(path);
      if (owner && (owner.host !== mine.host || isAlive(owner.pid))) {
        throw new DirectoryError(directory, `is in use by process ${owner.pid} on ${owner.host} (${LOCK})`);
      }
      await rm(path, { force: true });
    }
  } catch (error) {
    inUse.delete(directory);
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

export async function unlock(directory: string): Promise<void> {
  await rm(join(directory, LOCK), { force: true });
  inUse.delete(directory);
}

/** Takes away what processes have left that were killed while they took the lock. */
export async function clearLeftovers(directory: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const [, pid] = /^export\.lock\.(\d+)$/.exec(name) ?? [];
    if (pid && !isAlive(Number(pid))) await rm(join(directory, name), { force: true });
  }
}

/** Who wrote the lock; nobody, when it is gone by now. */
async function ownerOf(path: string): Promise<{ pid: number; host: string } | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** This process itself does not count: it is not the one that wrote the lock, but has got its number. */
function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
