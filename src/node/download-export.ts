import type { Manifest } from '../../generated/index.ts';
import { type BlobAccess, openBlobs } from '../blob-access.ts';
import type { UnbilledUsageClient } from '../client.ts';
import { ExportFailedError, InvalidRequestError } from '../errors.ts';
import type { ExportHandle } from '../export.ts';
import { checkHandle } from '../export-handle.ts';
import { internalsOf } from '../internals.ts';
import type { Progress } from '../line-items.ts';
import { checkOptions } from '../options.ts';
import { quote } from '../redact.ts';
import type { WaitOptions } from '../wait.ts';
import { checkBlobNames } from './blob-name.ts';
import { DirectoryError } from './directory-error.ts';
import { downloadBlob } from './download-blob.ts';
import { ExportDirectory } from './export-directory.ts';
import type { StoredFile } from './stored-file.ts';

/** How to wait for an export, and how to download it. */
export interface TransferOptions extends WaitOptions {
  /** The number of blobs to download at once, from 1 to 64. Default 4. */
  concurrency?: number | undefined;
  /**
   * Removes the files of an earlier run and starts again. Files of the same export are kept until the new manifest has
   * arrived. Default `false`.
   */
  restart?: boolean | undefined;
  /**
   * Called with each piece that arrives. `bytes` and `lineItems` count what the directory contains. The download goes on
   * meanwhile, and awaits all calls at its end. If one throws or rejects, the download ends with its error.
   */
  onProgress?: ((progress: Progress) => void) | ((progress: Progress) => Promise<void>) | undefined;
}

/** The options of a download. */
export interface DownloadOptions extends TransferOptions {
  /**
   * Created if it does not exist. It must be empty, or contain an earlier download of the same export, which is
   * resumed.
   */
  directory: string;
}

/** A downloaded blob. */
export interface DownloadedFile {
  /** The name in the manifest. */
  name: string;
  /** Where the file is. */
  path: string;
  /** The compressed size. */
  bytes: number;
  /** The number of line items. */
  lineItems: number;
}

/** The result of a complete download. */
export interface DownloadResult {
  /** Where the files are. */
  directory: string;
  /** In the order of the manifest. */
  files: DownloadedFile[];
  /** The compressed size of all files. */
  bytes: number;
  /** The number of line items in all files. */
  lineItems: number;
}

/**
 * Waits for an export, and downloads its blobs. A file gets its final name only after its byte count, its MD5 if the
 * storage sent one, its gzip checksum and the frame of every line (`{…}`) have been verified. After an abort or a crash,
 * another call with the same directory resumes the download, in this process or another.
 *
 * @throws A {@link DirectoryError}, `DataVersionError` if the directory contains an earlier version of the data, and what
 * `waitForExport` and `lineItems` throw
 */
export async function downloadExport(
  client: UnbilledUsageClient,
  source: ExportHandle | Manifest,
  options: DownloadOptions,
): Promise<DownloadResult> {
  internalsOf(client);
  checkOptions(source, 'source');
  if (!('rootDirectory' in source)) checkHandle(source, '');
  const { directory, ...rest } = checkOptions(options);
  if (typeof directory !== 'string' || directory === '') {
    throw new InvalidRequestError('directory', quote(directory), 'a path');
  }
  checkConcurrency(rest);
  return ExportDirectory.use(directory, rest.restart === true, async (folder) =>
    resultOf(folder.directory, await downloadInto(folder, client, source, rest)),
  );
}

function checkConcurrency({ concurrency = 4 }: TransferOptions): number {
  if (Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= 64) return concurrency;
  throw new InvalidRequestError('concurrency', quote(concurrency), 'a whole number from 1 to 64');
}

/** Downloads an export to an open directory, and resolves with its files. @internal */
export async function downloadInto(
  folder: ExportDirectory,
  client: UnbilledUsageClient,
  source: ExportHandle | Manifest,
  options: TransferOptions,
): Promise<StoredFile[]> {
  const { signal, onProgress, restart = false } = options;
  const { graph, transfer } = internalsOf(client);
  if (!('rootDirectory' in source)) {
    const handle = checkHandle(source, '');
    if (restart && folder.handle?.operationId !== handle.operationId) await folder.clear();
    await folder.begin(handle);
  }
  const access = await enter(folder, openBlobs(graph, source, options), restart);
  const { blobs } = access.manifest;
  const stop = new AbortController();
  const progress: Progress = { blobs: 0, blobCount: blobs.length, bytes: 0, lineItems: 0 };
  let calls = Promise.resolve();
  const report = (bytes: number, lineItems = 0, finished = 0) => {
    progress.bytes += bytes;
    progress.lineItems += lineItems;
    progress.blobs += finished;
    const call = Promise.resolve(onProgress?.({ ...progress })).catch((error) => stop.abort(error));
    calls = Promise.all([calls, call]).then(() => {});
  };

  const bounds = { ...transfer, signal: signal ? AbortSignal.any([signal, stop.signal]) : stop.signal };
  const queue = blobs.values();
  const workers = Array.from({ length: Math.min(checkConcurrency(options), blobs.length) }, async () => {
    for (const { name } of queue) await downloadBlob(folder, name, access, bounds, report);
  });
  await Promise.all(workers).catch(async (error) => {
    stop.abort(error);
    await Promise.allSettled(workers);
    throw error;
  });
  await folder.save();
  await calls;
  stop.signal.throwIfAborted();
  const { files, isComplete } = await folder.holdings();
  if (!isComplete) throw new DirectoryError(folder.directory, 'was changed by another program during the download');
  return files;
}

/** Returns the result of a directory with these finished files. @internal */
export function resultOf(directory: string, files: readonly StoredFile[]): DownloadResult {
  const sum = (key: 'bytes' | 'lineItems') => files.reduce((total, file) => total + file[key], 0);
  return {
    directory,
    files: files.map(({ name, path, bytes, lineItems }) => ({ name, path, bytes, lineItems })),
    bytes: sum('bytes'),
    lineItems: sum('lineItems'),
  };
}

/** Opens the blobs, and records the version of the data in the directory. */
async function enter(folder: ExportDirectory, opening: Promise<BlobAccess>, restart: boolean): Promise<BlobAccess> {
  const access = await opening.catch(async (error) => {
    if (error instanceof ExportFailedError) await folder.fail();
    throw error;
  });
  checkBlobNames(access.manifest, folder.handle);
  if (restart && !folder.isCleared) await folder.clear();
  await folder.enter(access.manifest);
  return access;
}
