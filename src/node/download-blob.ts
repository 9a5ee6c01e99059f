import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type BlobOptions, isEncoded, OtherBlobError, readBlob } from '../blob.ts';
import type { BlobAccess } from '../blob-access.ts';
import type { BlobError, LineItemError } from '../errors.ts';
import { at } from './directory-error.ts';
import type { ExportDirectory } from './export-directory.ts';
import { sizeOf } from './stored-file.ts';
import { verify } from './verify.ts';
import { flush } from './whole-file.ts';

const FIVE_MINUTES = 300_000;

/** In bytes. */
const SMALL = 16_384;

/** In bytes. What arrives during a write is written at once, up to this size. */
const MIB = 1024 * 1024;

type Report = (bytes: number, lineItems?: number, finished?: number) => void;

/**
 * Downloads one blob, unless it is finished. Calls `report` with the bytes, line items and finished blobs that the
 * directory gains or loses.
 *
 * @throws A {@link BlobError}, {@link LineItemError}, {@link DirectoryError}, or the signal's reason
 */
export async function downloadBlob(
  folder: ExportDirectory,
  name: string,
  access: BlobAccess,
  options: Omit<BlobOptions, 'onBytes'>,
  report: Report,
): Promise<void> {
  options.signal.throwIfAborted();
  const file = await verifiedFile(folder, name, options.signal);
  if (file) return report(file.bytes, file.lineItems, 1);
  if (access.renew && expiresWithin(FIVE_MINUTES, access.manifest.sasToken)) await access.renew();
  for (let attempts = 1; ; attempts++) {
    const outcome = await fetchAndVerify(folder, name, access, options, report);
    if (!(outcome instanceof Error)) {
      await folder.finish(name, outcome);
      report(0, outcome.lineItems, 1);
      return folder.saveSoon();
    }
    // The transfer may have damaged it. Tries once more from the start, and prevents another run from continuing it.
    report(-((await sizeOf(folder.partialPath(name))) ?? 0));
    await folder.discard(name);
    if (attempts > 1) throw outcome;
  }
}

/** Returns the verification of a finished file. Removes the file if it has changed. */
async function verifiedFile(folder: ExportDirectory, name: string, signal: AbortSignal) {
  const size = await sizeOf(folder.path(name));
  if (size === undefined) return undefined;
  const state = folder.blob(name);
  if (state?.done?.bytes === size) return state.done;
  // If nothing is recorded, the process was killed between the rename and the save.
  const isUnknown = !state?.done && !state?.damaged;
  const done = isUnknown && (await verify(folder.path(name), name, state ?? {}, signal));
  if (!done || done instanceof Error) {
    await folder.discard(name);
    return undefined;
  }
  folder.note(name, { ...state, done });
  return done;
}

/** Completes the partial file, and verifies it while the disk stores it. Resolves as {@link verify} does. */
async function fetchAndVerify(
  folder: ExportDirectory,
  name: string,
  access: BlobAccess,
  options: Omit<BlobOptions, 'onBytes'>,
  report: Report,
): ReturnType<typeof verify> {
  const path = folder.partialPath(name);
  const { file, size } = await folder.openPartial(name);
  const { etag } = folder.blob(name) ?? {};
  try {
    report(size);
    const chunks = readBlob(name, access, {
      ...options,
      ...(etag !== undefined && { from: { bytes: size, etag } }),
      onBytes: report,
      onResponse: (response) => noteResponse(folder, name, response),
    });
    const sink = new Writable({
      highWaterMark: MIB,
      writev(pieces, done) {
        const data = Buffer.concat(pieces.map(({ chunk }) => chunk));
        at(path, file.writeFile(data)).then(() => done(), done);
      },
    });
    await pipeline(chunks, sink);
    const verification = verify(path, name, folder.blob(name) ?? {}, options.signal);
    const [outcome] = await Promise.all([verification, at(path, flush(file))]);
    return outcome;
  } catch (error) {
    if (error instanceof OtherBlobError) {
      folder.note(name, {}); // The next run starts again.
      await folder.save();
    }
    throw error;
  } finally {
    await file.close();
  }
}

/**
 * Records what another run needs to resume. If the transport decodes a blob, neither a range nor an MD5 matches the
 * decoded bytes.
 */
function noteResponse(folder: ExportDirectory, name: string, { headers, status }: Response): void {
  const etag = headers.get('etag') ?? undefined;
  if (isEncoded(headers)) {
    folder.note(name, { encoded: true });
    return;
  }
  if (etag !== undefined && folder.blob(name)?.etag === etag) return;
  const md5 = headers.get('x-ms-blob-content-md5') ?? (status === 200 ? headers.get('content-md5') : null);
  folder.note(name, { etag, md5: md5 ?? undefined });
  // Without its ETag, a partial file starts again. For a small blob, that is faster than a save.
  if (Number(headers.get('content-length') ?? SMALL) < SMALL) folder.saveSoon();
  else void folder.save().catch(() => {}); // The last save reports the error.
}

/** @see https://learn.microsoft.com/rest/api/storageservices/create-user-delegation-sas */
function expiresWithin(ms: number, sasToken: string): boolean {
  return Date.parse(new URLSearchParams(sasToken).get('se') ?? '') - Date.now() < ms;
}
