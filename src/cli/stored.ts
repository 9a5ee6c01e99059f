import { BlobError, LineItemError } from '../index.ts';
import { ExportDirectory } from '../node/export-directory.ts';
import { readState } from '../node/export-state.ts';
import { DirectoryError } from '../node/index.ts';
import { type StoredFile, storedFiles } from '../node/stored-file.ts';
import { Resumable } from './failure.ts';
import { resumeCommand } from './resume-command.ts';

/**
 * Reads the files of a complete download, without a lock: `read` fails if they change meanwhile.
 *
 * @throws {@link Resumable} for an unfinished or damaged download, and what `read` throws
 */
export async function readFiles<T>(directory: string, read: (files: StoredFile[]) => Promise<T>): Promise<T> {
  const state = await readState(directory);
  const files = await storedFiles(directory, state);
  const all = state.manifest?.blobs.length;
  if (files.length !== all) {
    const so = all === undefined ? 'has no blobs yet' : `has ${files.length} of ${all} blobs`;
    throw new Resumable(new DirectoryError(directory, so), resumeCommand(directory));
  }
  try {
    return await read(files);
  } catch (error) {
    if (!(error instanceof BlobError || error instanceof LineItemError)) throw error;
    await distrust(directory, error.blobName).catch(() => {}); // It cannot be written, or another run is at it already.
    throw new Resumable(error, resumeCommand(directory));
  }
}

/** Lets the next `resume` fetch a blob again whose file is damaged. */
async function distrust(directory: string, name: string): Promise<void> {
  const folder = await ExportDirectory.open(directory, false);
  try {
    await folder.distrust(name);
  } finally {
    await folder.close();
  }
}
