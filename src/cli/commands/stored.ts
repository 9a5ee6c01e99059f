import { DirectoryError } from '../../node/index.ts';
import { completeFiles, ExportDirectory, isDamage, type StoredFile } from '../../node/internals.ts';
import { Resumable } from '../errors.ts';
import { resumeCommand } from './resume-command.ts';

/**
 * Reads the files of a complete download without a lock. `read` fails if they change in the meantime.
 *
 * @throws {@link Resumable} for an unfinished or damaged download, and what `read` throws
 */
export async function readFiles<T>(directory: string, read: (files: StoredFile[]) => Promise<T>): Promise<T> {
  const files = await completeFiles(directory).catch((error) => {
    // A directory without an export cannot be resumed.
    throw error instanceof DirectoryError && error.path === directory
      ? new Resumable(error, resumeCommand(directory))
      : error;
  });
  try {
    return await read(files);
  } catch (error) {
    if (!isDamage(error)) throw error;
    const file = files.find(({ name }) => name === error.blobName);
    const isRecorded = file && (await distrust(directory, file).catch(() => false));
    // If the damage could not be recorded, only a restart fetches the blob again.
    throw new Resumable(error, resumeCommand(directory, { restart: !isRecorded }));
  }
}

/** Makes the next `resume` fetch a damaged blob again, unless another run has already replaced it. */
async function distrust(directory: string, { name, bytes, crc32 }: StoredFile): Promise<true> {
  const folder = await ExportDirectory.open(directory, false);
  try {
    const { done } = folder.blob(name) ?? {};
    if (done?.bytes === bytes && done.crc32 === crc32) await folder.distrust(name);
    return true;
  } finally {
    await folder.close();
  }
}
