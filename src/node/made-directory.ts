import { lstat, mkdir, realpath, rmdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { at, DirectoryError } from './directory-error.ts';

/**
 * Creates a directory if it does not exist, while `work` uses its path without symbolic links. Then removes what it
 * created and what is still empty.
 *
 * @throws A {@link DirectoryError} if the directory cannot be created, or what `work` throws
 */
export async function withDirectory<T>(path: string, work: (directory: string) => Promise<T>): Promise<T> {
  const made = await at(path, makeDirectory(path));
  try {
    return await work(await at(path, realpath(path)));
  } finally {
    try {
      for (const each of made.toReversed()) await rmdir(each);
    } catch {
      // Something is stored there, or it is gone.
    }
  }
}

/**
 * Creates a directory and its parents, and returns those it created, parents first. With `recursive`, `mkdir` of libuv
 * never returns below /proc.
 */
async function makeDirectory(directory: string): Promise<string[]> {
  const path = resolve(directory);
  try {
    await mkdir(path);
    return [path];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') {
      if ((await stat(path)).isDirectory()) return [];
      throw new DirectoryError(directory, 'is not a directory', error);
    }
    if (code !== 'ENOENT' || (await lstat(dirname(path)).catch(() => undefined))) throw error;
    const parents = await makeDirectory(dirname(path));
    await mkdir(path);
    return [...parents, path];
  }
}
