import { constants } from 'node:fs';
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../../generated/index.ts';
import type { ExportHandle } from '../export.ts';
import { sameData } from '../manifest.ts';
import { at, DirectoryError } from './directory-error.ts';
import { type BlobState, type ExportState, PLAIN, readState, STATE, stringifyState } from './export-state.ts';
import { clearLeftovers, isOfLock, lock } from './lock.ts';
import { withDirectory } from './made-directory.ts';
import { StateFile } from './state-file.ts';
import { type StoredFile, sizeOf, storedFiles } from './stored-file.ts';

const PARTIAL = '.partial';

/** The files that the command converts the blobs to. */
const OUTPUT = /^export\.(jsonl|csv|parquet)$/;

/** The files, other than blobs, that a killed process leaves. */
const LEFTOVER = /^export\.(json|jsonl|csv|parquet|spill)(\.[\w-]+)?\.partial$/;

/**
 * The directory of one export, locked against all other runs. For each blob, it contains `NAME`, which is complete and
 * verified, or `NAME.partial`.
 */
export class ExportDirectory {
  readonly directory: string;
  /** Whether the files of earlier runs were removed. */
  isCleared = false;
  readonly #file: StateFile;
  #state: ExportState;

  private constructor(directory: string, state: ExportState) {
    this.directory = directory;
    this.#state = state;
    this.#file = new StateFile(this.path(STATE), () => stringifyState(this.#state));
  }

  /**
   * Locks a directory while `work` uses it. Creates it if it does not exist, and removes it again if nothing is stored in
   * it. With `restart`, ignores a damaged `export.json` if the directory contains no blobs.
   *
   * @throws A {@link DirectoryError} if the directory cannot be written, is in use by another run, or contains other
   * files, and what `work` throws
   */
  static async use<T>(path: string, restart: boolean, work: (folder: ExportDirectory) => Promise<T>): Promise<T> {
    return withDirectory(path, async (directory) => {
      const unlock = await lock(directory); // It has one path, whatever links lead to it.
      try {
        const folder = new ExportDirectory(directory, await cleanState(directory, restart));
        return await work(folder).finally(() => folder.#file.settle());
      } finally {
        await unlock();
      }
    });
  }

  /** The export of the directory. */
  get handle(): ExportHandle | undefined {
    return this.#state.handle;
  }

  /** Whether the directory has an export that another one must not replace. A failed export may be replaced. */
  get isTaken(): boolean {
    const { handle, manifest, failed } = this.#state;
    return !failed && (handle ?? manifest) !== undefined;
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  partialPath(name: string): string {
    return this.path(name) + PARTIAL;
  }

  /** Records the export of the directory. */
  async begin({ operationId, location }: ExportHandle): Promise<void> {
    const { handle } = this.#state;
    if (this.isTaken && !this.isCleared && handle && handle.operationId !== operationId) {
      const other = `contains export ${handle.operationId}; use another directory, or restart`;
      throw new DirectoryError(this.directory, other);
    }
    this.#state = { ...this.#state, handle: { operationId, location }, failed: undefined };
    await this.save();
  }

  /** Records that the export failed, so that another one may replace it. */
  async fail(): Promise<void> {
    this.#state.failed = true;
    await this.save();
  }

  /** Records the version of the data. @throws A {@link DataVersionError} if the directory contains another version */
  async enter(current: Manifest): Promise<void> {
    const { id, eTag, createdDateTime, blobs } = current; // The rest is not needed and may contain secrets.
    const manifest = { id, eTag, createdDateTime, blobs: blobs.map(({ name }) => ({ name })) };
    if (this.#state.manifest) sameData(this.#state.manifest, current, 'Use another directory, or restart.');
    else await this.#removeBlobs(manifest.blobs); // The version of their data is unknown.
    this.#state = { ...this.#state, manifest, failed: undefined };
    await this.save();
  }

  /** Removes the files of the export, and no others. */
  async clear(): Promise<void> {
    const names = await at(this.directory, readdir(this.directory));
    for (const name of names.filter((each) => OUTPUT.test(each))) await remove(this.path(name));
    await this.#removeBlobs(this.#state.manifest?.blobs ?? []);
    this.#state = { handle: this.#state.handle, blobs: new Map() };
    this.isCleared = true;
    await this.save();
  }

  async #removeBlobs(blobs: Manifest['blobs']): Promise<void> {
    for (const { name } of blobs) {
      this.#state.blobs.delete(name);
      await remove(this.path(name));
      await remove(this.partialPath(name));
    }
  }

  /** Returns the state of a blob, if there is one. */
  blob(name: string): BlobState | undefined {
    return this.#state.blobs.get(name);
  }

  note(name: string, state: BlobState): void {
    this.#state.blobs.set(name, state);
  }

  /** Makes the next run fetch a blob again, because its finished file has changed. */
  async distrust(name: string): Promise<void> {
    this.note(name, { damaged: true });
    await this.save();
  }

  /** Returns the finished files in the order of the manifest, whether all are finished, and the bytes of all files. */
  async holdings(): Promise<{ files: StoredFile[]; isComplete: boolean; bytes: number }> {
    const blobs = this.#state.manifest?.blobs;
    const files = await storedFiles(this.directory, this.#state);
    let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    for (const { name } of blobs ?? []) bytes += (await sizeOf(this.partialPath(name))) ?? 0;
    return { files, isComplete: files.length === blobs?.length, bytes };
  }

  /** Opens a partial file at its end. Empties it if the ETag of its blob is unknown. */
  async openPartial(name: string): Promise<{ file: FileHandle; size: number }> {
    const path = this.partialPath(name);
    const truncate = this.blob(name)?.etag === undefined ? constants.O_TRUNC : 0;
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | PLAIN | truncate;
    const file = await at(path, open(path, flags, 0o600));
    return { file, size: (await at(path, file.stat())).size };
  }

  /** Gives a verified partial file its final name. */
  async finish(name: string, done: BlobState['done']): Promise<void> {
    await at(this.path(name), rename(this.partialPath(name), this.path(name)));
    this.note(name, { ...this.blob(name), done });
  }

  /** Removes the files of a blob, finished or partial. */
  async discard(name: string): Promise<void> {
    await this.#removeBlobs([{ name }]);
    await this.save();
  }

  save(): Promise<void> {
    return this.#file.save();
  }

  saveSoon(): void {
    this.#file.saveSoon();
  }
}

/** Removes what killed runs left in a locked directory, and returns its state. */
async function cleanState(directory: string, restart: boolean): Promise<ExportState> {
  const names = await at(directory, readdir(directory));
  await clearLeftovers(directory, names);
  const rest = names.filter((name) => !isOfLock(name) && !LEFTOVER.test(name));
  if (rest.length > 0 && !rest.includes(STATE)) {
    throw new DirectoryError(directory, 'contains files but no export; use an empty or a new directory');
  }
  for (const name of names.filter((each) => LEFTOVER.test(each))) await remove(join(directory, name));
  const none = { blobs: new Map() };
  if (rest.length === 0) return none;
  return readState(directory).catch((error) => {
    // Blobs of the old export could not be removed, because only export.json has their names.
    if (restart && rest.every((name) => name === STATE || OUTPUT.test(name))) return none;
    throw error;
  });
}

function remove(path: string): Promise<void> {
  return at(path, rm(path, { force: true, recursive: true }));
}
