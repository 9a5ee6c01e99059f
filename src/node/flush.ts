import { fsync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';

const sync = promisify(fsync);

/** Brings what is written to the disk. Not by `FileHandle.sync`, which Yarn's Plug'n'Play does not have. */
export function flush({ fd }: FileHandle): Promise<void> {
  return sync(fd);
}
