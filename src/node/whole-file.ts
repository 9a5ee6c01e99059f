import { fsync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { at, DirectoryError } from './directory-error.ts';

const sync = promisify(fsync);

/** Flushes a file to disk. Yarn's Plug'n'Play has no `FileHandle.sync`. */
export function flush({ fd }: FileHandle): Promise<void> {
  return sync(fd);
}

/**
 * Writes a file under a temporary name that no other run uses, flushes it, and renames it. So a file with its final name
 * is always complete. Only its owner may read it.
 *
 * @throws A {@link DirectoryError}, or what `fill` throws
 */
export async function writeWhole(path: string, fill: (file: FileHandle, temporary: string) => Promise<unknown>) {
  const temporary = `${path}.${crypto.randomUUID()}.partial`;
  try {
    const file = await at(temporary, open(temporary, 'wx', 0o600));
    try {
      await fill(file, temporary);
      await at(temporary, flush(file));
    } finally {
      await file.close();
    }
    await rename(temporary, path).catch((error: NodeJS.ErrnoException) => {
      const isOpen = error.code === 'EPERM' || error.code === 'EACCES' || error.code === 'EBUSY';
      const problem = `cannot be replaced; another program may have it open (${error.code})`;
      throw new DirectoryError(path, isOpen ? problem : error, error);
    });
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error instanceof Error && 'syscall' in error ? new DirectoryError(temporary, error) : error;
  }
}
