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

/** How to download, and how to wait for the end of the export. */
export interface TransferOptions extends WaitOptions {
  /** How many blobs at once. Default 4. */
  concurrency?: number | undefined;
  /**
   * Removes what an earlier run has left, once the manifest is there to begin again, or at once if that was of another
   * export. Default `false`.
   */
  restart?: boolean | undefined;
  /** Called with each piece that arrives; `bytes` and `lineItems` count what the directory holds. */
  onProgress?: ((progress: Progress) => void) | undefined;
}

/** Where to download to, and how. */
export interface DownloadOptions extends TransferOptions {
  /**
   * Created if it does not exist. It must be empty, or hold the same export from an earlier run, which is then resumed.
   */
  directory: string;
}

/** A blob of the export as it lies in the directory. */
export interface DownloadedFile {
  name: string;
  path: string;
  /** As stored, so compressed. */
  bytes: number;
  lineItems: number;
}

/** What the directory holds when all is downloaded. */
export interface DownloadResult {
  directory: string;
  /** In the manifest's order. */
  files: DownloadedFile[];
  bytes: number;
  lineItems: number;
}

/**
 * Waits for the end of an export, and downloads its blobs as they are stored. A file gets its name when it is complete
 * and verified: byte count, MD5 if the storage names one, checksum of the gzip, and each line a JSON object. Another call
 * with the same directory resumes after an abort or a crash, in this process or another.
 *
 * @throws {@link DirectoryError}, `DataVersionError` if the directory holds an earlier version of the data, and
 * what `waitForExport` and `lineItems` throw
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
  const folder = await ExportDirectory.open(directory, rest.restart === true);
  try {
    return await downloadInto(folder, client, source, rest);
  } finally {
    await folder.close();
  }
}

function checkConcurrency({ concurrency = 4 }: TransferOptions): number {
  if (Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= 64) return concurrency;
  throw new InvalidRequestError('concurrency', quote(concurrency), 'a whole number from 1 to 64');
}

/** The same into a directory that is open already. @internal */
export async function downloadInto(
  folder: ExportDirectory,
  client: UnbilledUsageClient,
  source: ExportHandle | Manifest,
  options: TransferOptions,
): Promise<DownloadResult> {
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
  const report = (bytes: number, lineItems = 0, finished = 0) => {
    progress.bytes += bytes;
    progress.lineItems += lineItems;
    progress.blobs += finished;
    // One that is asynchronous may fail later.
    Promise.resolve(onProgress?.({ ...progress })).catch((error) => stop.abort(error));
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
  stop.signal.throwIfAborted();
  const { files, isComplete } = await folder.holdings();
  if (!isComplete) throw new DirectoryError(folder.directory, 'was changed by another program during the download');
  return resultOf(folder, files);
}

/** What a directory holds of which all blobs are finished. @internal */
export function resultOf({ directory }: ExportDirectory, files: readonly StoredFile[]): DownloadResult {
  const sum = (key: 'bytes' | 'lineItems') => files.reduce((total, file) => total + file[key], 0);
  return {
    directory,
    files: files.map(({ name, path, bytes, lineItems }) => ({ name, path, bytes, lineItems })),
    bytes: sum('bytes'),
    lineItems: sum('lineItems'),
  };
}

/** Makes sure that the directory is for this version of the data, and notes it. */
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
