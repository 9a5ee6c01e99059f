import { type BlobAccess, type BlobOptions, readBlob } from '../blob.ts';
import { BlobError, LineItemError } from '../errors.ts';
import { sameData } from '../manifest.ts';
import { at, DirectoryError } from './directory-error.ts';
import type { ExportDirectory } from './export-directory.ts';
import { flush } from './flush.ts';
import { verify } from './verify.ts';

const FIVE_MINUTES = 300_000;

/** In bytes. */
const SMALL = 16_384;

/**
 * One blob to its final name, unless it has that already. `report` is told of bytes, line items and finished blobs as they
 * come to the directory, or leave it again.
 *
 * @throws {@link BlobError}, {@link LineItemError}, {@link DirectoryError}, or the signal's reason
 */
export async function downloadBlob(
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
    await at(folder.partialPath(name), flush(file));
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
