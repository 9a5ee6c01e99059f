import { type BlobAccess, type BlobOptions, readBlob } from '../blob.ts';
import { internalsOf } from '../client.ts';
import { BlobError, InvalidRequestError, LineItemError } from '../errors.ts';
import type { ExportHandle, Manifest, Progress, UnbilledUsageClient, WaitOptions } from '../index.ts';
import { sameData } from '../manifest.ts';
import { quote } from '../redact.ts';
import { checkBlobNames } from './blob-name.ts';
import { DirectoryError } from './directory-error.ts';
import { ExportDirectory } from './export-directory.ts';
import { verify } from './verify.ts';

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

export interface DownloadedFile {
  name: string;
  path: string;
  /** As stored, so compressed. */
  bytes: number;
  lineItems: number;
}

export interface DownloadResult {
  directory: string;
  /** In the manifest's order. */
  files: DownloadedFile[];
  bytes: number;
  lineItems: number;
}

const FIVE_MINUTES = 300_000;

/** In bytes. */
const SMALL = 16_384;

/**
 * Downloads the blobs of an export as they are stored, waiting for its end first. A file gets its name when it is
 * complete: byte count, MD5 where the storage names one, checksum of the gzip, and each line a JSON object. Another call
 * with the same directory goes on where this one stopped, in this process or another, after an abort or a crash.
 *
 * @throws {@link DirectoryError}, {@link DataVersionError} when the directory holds an earlier version of the data, and
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

async function downloadBlob(
  folder: ExportDirectory,
  name: string,
  access: BlobAccess,
  options: Omit<BlobOptions, 'onBytes'>,
  report: (bytes: number, lineItems?: number, finished?: number) => void,
): Promise<void> {
  options.signal.throwIfAborted();
  if (await folder.isFinished(name)) {
    const done = folder.state.blobs[name]?.done ?? (await verify(folder.path(name), name, undefined, options.signal));
    folder.state.blobs[name] = { ...folder.state.blobs[name], done };
    report(done.bytes, done.lineItems, 1);
    return;
  }
  if (access.renew && expiresWithin(FIVE_MINUTES, access.manifest.sasToken)) {
    access.manifest = sameData(access.manifest, await access.renew());
  }
  for (let attempts = 1; ; attempts++) {
    const bytes = await fetchBlob(folder, name, access, options, report);
    const { md5 } = folder.state.blobs[name] ?? {};
    const outcome = await verify(folder.partialPath(name), name, md5, options.signal).catch((error) => {
      if (error instanceof BlobError || error instanceof LineItemError) return error;
      throw error;
    });
    if (!(outcome instanceof Error)) {
      await folder.finish(name);
      folder.state.blobs[name] = { ...folder.state.blobs[name], done: outcome };
      report(0, outcome.lineItems, 1);
      return folder.saveSoon();
    }
    // It may have been damaged on the way: once more from the start, and no other run goes on with it.
    report(-bytes);
    delete folder.state.blobs[name];
    await folder.removePartial(name);
    await folder.save();
    if (attempts > 1) throw outcome;
  }
}

/** Brings the partial file to its end, and resolves with its size in bytes. */
async function fetchBlob(
  folder: ExportDirectory,
  name: string,
  access: BlobAccess,
  options: Omit<BlobOptions, 'onBytes'>,
  report: (bytes: number) => void,
): Promise<number> {
  const { file, size } = await folder.openPartial(name);
  const etag = folder.state.blobs[name]?.etag;
  let bytes = size;
  try {
    report(size);
    const chunks = readBlob(name, access, {
      ...options,
      ...(etag !== undefined && { from: { bytes: size, etag } }),
      onBytes: report,
      onResponse: ({ headers, status }) => {
        const md5 = headers.get('x-ms-blob-content-md5') ?? (status === 200 ? headers.get('content-md5') : null);
        const known = headers.get('etag');
        if (folder.state.blobs[name]?.etag === known) return;
        folder.state.blobs[name] = { ...(known !== null && { etag: known }), ...(md5 !== null && { md5 }) };
        // Without its ETag a partial file begins anew; what is small is fetched again sooner than that is noted.
        if (Number(headers.get('content-length') ?? SMALL) < SMALL) folder.saveSoon();
        else void folder.save().catch(() => {}); // What goes wrong here, the last save meets again.
      },
    });
    for await (const chunk of chunks) {
      await file.writeFile(chunk).catch((error) => {
        throw new DirectoryError(folder.partialPath(name), error);
      });
      bytes += chunk.length;
    }
    await file.sync();
    return bytes;
  } catch (error) {
    if (error instanceof BlobError && [404, 412, 416].includes(error.status ?? 0)) {
      delete folder.state.blobs[name]; // Of another blob: the next run begins anew.
      await folder.save();
    }
    throw error;
  } finally {
    await file.close();
  }
}

/** @see https://learn.microsoft.com/rest/api/storageservices/create-user-delegation-sas */
function expiresWithin(ms: number, sasToken: string): boolean {
  return Date.parse(new URLSearchParams(sasToken).get('se') ?? '') - Date.now() < ms;
}
