import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { ExportHandle, Manifest } from '../index.ts';
import { isSafeName } from './blob-name.ts';
import { at, DirectoryError } from './directory-error.ts';
import { flush } from './flush.ts';
import { clearLeftovers, LOCK, lock, unlock } from './lock.ts';

/** What `export.json` says of one blob. */
export interface BlobState {
  /** The ETag of the blob that the partial file is of. */
  etag?: string;
  /** The MD5 that the storage gave for the whole blob, in base64. */
  md5?: string;
  /** Once the file is verified. */
  done?: { bytes: number; lineItems: number };
}

/** What `export.json` holds: all that another run needs to go on, and no secret. */
export interface ExportState {
  handle?: ExportHandle;
  /** Absent until the export has ended. */
  manifest?: Omit<Manifest, 'sasToken'>;
  blobs: Record<string, BlobState>;
}

const STATE = 'export.json';
const PARTIAL = '.partial';

/** A symbolic link that somebody has put there is not followed. (Windows has no such flag.) */
const NOFOLLOW = constants.O_NOFOLLOW ?? 0;

/** @throws {@link DirectoryError} when there is no export in the directory */
export async function readState(directory: string): Promise<ExportState> {
  const path = join(directory, STATE);
  const file = await at(path, open(path, constants.O_RDONLY | NOFOLLOW));
  try {
    const state = JSON.parse(await at(path, file.readFile('utf8')));
    if (typeof state !== 'object' || state === null) throw new DirectoryError(path, 'is not the state of an export');
    return { ...state, blobs: { ...state.blobs } };
  } catch (error) {
    throw error instanceof SyntaxError ? new DirectoryError(path, 'is not JSON') : error;
  } finally {
    await file.close();
  }
}

/**
 * The directory of one export, which no other run has. Of each blob it holds `NAME`, complete and verified, or
 * `NAME.partial`; a final name is given last, so that whatever has it is finished.
 */
export class ExportDirectory {
  readonly directory: string;
  state: ExportState;
  #saving: Promise<void> | undefined;
  #again: Promise<void> | undefined;
  #soon: NodeJS.Timeout | undefined;
  /** How long the last save took, in ms. */
  #cost = 0;

  private constructor(directory: string, state: ExportState) {
    this.directory = directory;
    this.state = state;
  }

  /**
   * @throws {@link DirectoryError} when it cannot be written, another run has it, or it holds something else
   */
  static async open(given: string, restart: boolean): Promise<ExportDirectory> {
    await at(given, makeDirectory(resolve(given)));
    const directory = await at(given, realpath(given)); // One name for the lock, whatever links lead to it.
    await lock(directory);
    try {
      const names = await at(directory, readdir(directory));
      await clearLeftovers(directory, names);
      const known = names.includes(STATE);
      if (!known && names.some((name) => !name.startsWith(LOCK) && name !== STATE + PARTIAL)) {
        throw new DirectoryError(directory, 'holds files but no export; give an empty or a new directory');
      }
      const found = new ExportDirectory(directory, known ? await readState(directory) : { blobs: {} });
      if (restart) await found.#clear();
      return found;
    } catch (error) {
      await unlock(directory);
      throw error;
    }
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  partialPath(name: string): string {
    return this.path(name) + PARTIAL;
  }

  /** Takes what belongs to the export away, and leaves the rest. */
  async #clear(): Promise<void> {
    const names = (this.state.manifest?.blobs ?? []).map(({ name }) => name);
    for (const name of names.filter(isSafeName)) {
      await rm(this.path(name), { force: true });
      await this.removePartial(name);
    }
    this.state = { blobs: {} };
    await this.save();
  }

  /**
   * Writes the state to `export.json` at once or not at all, with mode 600. Calls that come while one is under way share
   * the next write.
   */
  async save(): Promise<void> {
    if (this.#saving) {
      this.#again ??= this.#saving
        .catch(() => {})
        .then(() => {
          this.#again = undefined;
          return this.save();
        });
      return this.#again;
    }
    this.#saving = this.#write().finally(() => {
      this.#saving = undefined;
    });
    return this.#saving;
  }

  /** Saves in a moment what is noted until then. With thousands of blobs, little of the time goes into it. */
  saveSoon(): void {
    this.#soon ??= setTimeout(() => this.#saveNow(), Math.min(100, 10 * this.#cost));
  }

  /** What goes wrong here, the last save meets again. */
  async #saveNow(): Promise<void> {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    await this.save().catch(() => {});
  }

  async #write(): Promise<void> {
    const began = performance.now();
    const path = this.path(STATE);
    const temporary = `${path}${PARTIAL}`;
    await at(temporary, rm(temporary, { force: true }));
    const file = await at(temporary, open(temporary, 'wx', 0o600));
    try {
      await at(temporary, file.writeFile(`${JSON.stringify(this.state, undefined, 2)}\n`));
      await at(temporary, flush(file));
    } finally {
      await file.close();
    }
    await at(path, rename(temporary, path));
    this.#cost = performance.now() - began;
  }

  /** Whether a file has its final name. */
  async isFinished(name: string): Promise<boolean> {
    const found = await lstat(this.path(name)).catch(() => undefined);
    if (found && !found.isFile()) throw new DirectoryError(this.path(name), 'is not a regular file');
    return found !== undefined;
  }

  /** The partial file, at its end; a new one unless its blob's ETag is known. */
  async openPartial(name: string): Promise<{ file: FileHandle; size: number }> {
    const path = this.partialPath(name);
    const known = this.state.blobs[name]?.etag !== undefined;
    const flags =
      constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | NOFOLLOW | (known ? 0 : constants.O_TRUNC);
    const file = await at(path, open(path, flags, 0o600));
    return { file, size: (await file.stat()).size };
  }

  async removePartial(name: string): Promise<void> {
    await rm(this.partialPath(name), { force: true });
  }

  async finish(name: string): Promise<void> {
    const path = this.path(name);
    await at(path, rename(this.partialPath(name), path));
  }

  async close(): Promise<void> {
    if (this.#soon) await this.#saveNow();
    for (let last = this.#again ?? this.#saving; last; last = this.#again ?? this.#saving) await last.catch(() => {});
    await unlock(this.directory);
  }
}

/** `mkdir` with `recursive` never returns where a parent exists but takes no directory, such as /proc (libuv). */
async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    if (code !== 'ENOENT' || (await lstat(dirname(path)).catch(() => undefined))) throw error;
    await makeDirectory(dirname(path));
    await mkdir(path);
  }
}
