import type { BlobAccess } from '../blob.ts';
import { InvalidRequestError } from '../errors.ts';
import type { ExportHandle, Manifest, Progress, UnbilledUsageClient, WaitOptions } from '../index.ts';
import { internalsOf } from '../internals.ts';
import { sameData } from '../manifest.ts';
import { quote } from '../redact.ts';
import { checkBlobNames } from './blob-name.ts';
import { DirectoryError } from './directory-error.ts';
import { downloadBlob } from './download-blob.ts';
import { ExportDirectory } from './export-directory.ts';

/** Where to download to, and how; the wait for the end of the export as well. */
export interface DownloadOptions extends WaitOptions {
  /** Made when it is not there. It must be empty, or hold an earlier run of the same export: then that is gone on with. */
  directory: string;
  /** How many blobs at once. Default 4. */
  concurrency?: number | undefined;
  /** Throws away what an earlier run has left. Default `false`. */
  restart?: boolean | undefined;
  /** Called with each piece that arrives; `bytes` and `lineItems` count what the directory holds. */
  onProgress?: ((progress: Progress) => void) | undefined;
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
 * Downloads the blobs of an export as they are stored, waiting for its end first. A file gets its name when it is
 * complete: byte count, MD5 where the storage names one, checksum of the gzip, and each line a JSON object. Another call
 * with the same directory goes on where this one stopped, in this process or another, after an abort or a crash.
 *
 * @throws {@link DirectoryError}, `DataVersionError` when the directory holds an earlier version of the data, and
 * what `waitForExport` and `lineItems` throw. All but finished files can be gone on with.
 */
export async function downloadExport(
  client: UnbilledUsageClient,
  source: ExportHandle | Manifest,
  options: DownloadOptions,
): Promise<DownloadResult> {
  const { directory, concurrency = 4, restart = false, signal, onProgress } = options;
  const { open, transfer } = internalsOf(client);
  if (typeof directory !== 'string' || directory === '') {
    throw new InvalidRequestError('directory', quote(directory), 'a path');
  }
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 64) {
    throw new InvalidRequestError('concurrency', quote(concurrency), 'a whole number from 1 to 64');
  }
  const folder = await ExportDirectory.open(directory, restart);
  try {
    const access = await enter(folder, source, () => open(source, options));
    const { blobs } = access.manifest;
    const progress: Progress = { blobs: 0, blobCount: blobs.length, bytes: 0, lineItems: 0 };
    const report = (bytes: number, lineItems = 0, finished = 0) => {
      progress.bytes += bytes;
      progress.lineItems += lineItems;
      progress.blobs += finished;
      onProgress?.({ ...progress });
    };

    const stop = new AbortController();
    const bounds = { ...transfer, signal: signal ? AbortSignal.any([signal, stop.signal]) : stop.signal };
    const queue = blobs.values();
    const workers = Array.from({ length: Math.min(concurrency, blobs.length) }, async () => {
      for (const { name } of queue) await downloadBlob(folder, name, access, bounds, report);
    });
    await Promise.all(workers).catch(async (error) => {
      stop.abort(error);
      await Promise.allSettled(workers);
      throw error;
    });

    await folder.save();
    const files = blobs.map(({ name }) => {
      const { bytes = 0, lineItems = 0 } = folder.state.blobs[name]?.done ?? {};
      return { name, path: folder.path(name), bytes, lineItems };
    });
    return { directory: folder.directory, files, bytes: progress.bytes, lineItems: progress.lineItems };
  } finally {
    await folder.close();
  }
}

/** Makes sure that the directory is of this export and this version of its data, and notes both. */
async function enter(
  folder: ExportDirectory,
  source: ExportHandle | Manifest,
  open: () => Promise<BlobAccess>,
): Promise<BlobAccess> {
  const { state } = folder;
  if (!('rootDirectory' in source)) {
    const { operationId, location } = source;
    if (state.handle && state.handle.operationId !== operationId) {
      throw new DirectoryError(
        folder.directory,
        `holds export ${state.handle.operationId}; give another directory, or restart`,
      );
    }
    state.handle = { operationId, location };
    await folder.save();
  }
  const access = renewable(await open());
  checkBlobNames(access.manifest, state.handle);
  if (state.manifest) {
    sameData(state.manifest, access.manifest, 'Give another directory, or restart.');
  }
  const { sasToken: _, ...manifest } = access.manifest;
  state.manifest = manifest;
  await folder.save();
  return access;
}

/** Renews the SAS once for all blobs that find it refused at the same time. */
function renewable(access: BlobAccess): BlobAccess {
  const { renew } = access;
  if (!renew) return access;
  let renewing: Promise<Manifest> | undefined;
  access.renew = () => {
    renewing ??= renew().finally(() => {
      renewing = undefined;
    });
    return renewing;
  };
  return access;
}
