import { BlobError, LineItemError } from '../../index.ts';
import { DirectoryError } from '../../node/index.ts';
import { completeFiles, ExportDirectory, readState, type StoredFile } from '../../node/internals.ts';
import { Advised } from '../errors.ts';
import { exportAdvice, newExportAdvice, orStart, resumeAdvice } from './next-step.ts';

/** Returns the files of a complete download. @throws An {@link Advised} for an unfinished one */
export async function filesOf(directory: string): Promise<StoredFile[]> {
  const state = await readState(directory).catch((error) => orStart(directory, error));
  return completeFiles(directory, state).catch((error) => {
    if (!(error instanceof DirectoryError && error.path === directory)) throw error;
    const resume = resumeAdvice(directory, {}, state.handle?.location);
    throw new Advised(error, state.failed ? exportAdvice('Start again', directory) : resume);
  });
}

/**
 * Reads the files of a complete download without a lock. `read` fails if they change in the meantime.
 *
 * @throws An {@link Advised} for an unfinished or damaged download, and what `read` throws
 */
export async function readFiles<T>(directory: string, read: (files: StoredFile[]) => Promise<T>): Promise<T> {
  const files = await filesOf(directory);
  try {
    return await read(files);
  } catch (error) {
    if (error instanceof LineItemError) throw new Advised(error, newExportAdvice(directory));
    if (!(error instanceof BlobError)) throw error;
    const file = files.find(({ name }) => name === error.blobName);
    const isRecorded = file && (await distrust(directory, file).catch(() => false));
    // If the damage could not be recorded, only a restart fetches the blob again.
    const state = await readState(directory).catch(() => undefined);
    throw new Advised(error, resumeAdvice(directory, { restart: !isRecorded }, state?.handle?.location));
  }
}

/** Makes the next `resume` fetch a damaged blob again, unless another run has already replaced it. */
async function distrust(directory: string, { name, bytes, crc32 }: StoredFile): Promise<true> {
  return ExportDirectory.use<true>(directory, false, async (folder) => {
    const { done } = folder.blob(name) ?? {};
    if (done?.bytes === bytes && done.crc32 === crc32) await folder.distrust(name);
    return true;
  });
}
