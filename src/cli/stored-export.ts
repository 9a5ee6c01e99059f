import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BlobError } from '../index.ts';
import { inflate } from '../inflate.ts';
import { checkBlobNames } from '../node/blob-name.ts';
import { type ExportState, readState } from '../node/export-directory.ts';
import { DirectoryError, type DownloadedFile, type DownloadResult } from '../node/index.ts';
import { reason } from '../redact.ts';
import { Resumable } from './failure.ts';
import { resumeCommand } from './resume-command.ts';

export interface StoredBlob {
  name: string;
  path: string;
}

/**
 * The blobs of a complete download, in the manifest's order.
 *
 * @throws {@link DirectoryError}; what of an unfinished download, can be resumed
 */
export async function storedBlobs(directory: string): Promise<StoredBlob[]> {
  const { manifest, blobs, handle } = await readState(directory);
  const names = manifest?.blobs.map(({ name }) => name) ?? [];
  const done = names.filter((name) => blobs[name]?.done);
  if (!manifest || done.length < names.length) {
    const so = manifest ? `has ${done.length} of ${names.length} blobs` : 'has no blobs yet';
    throw new Resumable(new DirectoryError(directory, so), resumeCommand(directory));
  }
  checkBlobNames(manifest, handle);
  return names.map((name) => ({ name, path: join(directory, name) }));
}

/** What a complete download gave, as the directory notes it; nothing while a blob is missing. */
export async function completeDownload(
  directory: string,
  { manifest, blobs }: ExportState,
): Promise<DownloadResult | undefined> {
  const files: DownloadedFile[] = [];
  for (const { name } of manifest?.blobs ?? []) {
    const path = join(directory, name);
    const done = blobs[name]?.done;
    const found = done && (await stat(path).catch(() => undefined));
    if (found && found.size === done.bytes) files.push({ name, path, ...done });
  }
  if (!manifest || files.length < manifest.blobs.length) return undefined;
  const sum = (key: 'bytes' | 'lineItems') => files.reduce((total, file) => total + file[key], 0);
  return { directory, files, bytes: sum('bytes'), lineItems: sum('lineItems') };
}

/** The compressed bytes of a blob. */
export async function* storedBytes({ name, path }: StoredBlob, signal: AbortSignal) {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) {
      signal.throwIfAborted();
      yield chunk;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw new BlobError(name, `cannot be read: ${reason(error)}`);
  }
}

/** The lines as they are stored, byte for byte; a blob that does not end with a line feed gets one. */
export async function* storedText(blobs: readonly StoredBlob[], signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const LF = 0x0a;
  for (const blob of blobs) {
    let last: number | undefined = LF;
    try {
      for await (const chunk of inflate(storedBytes(blob, signal))) {
        last = chunk.at(-1) ?? last;
        yield chunk;
      }
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof BlobError ? error : new BlobError(blob.name, `is corrupt: ${reason(error)}`);
    }
    if (last !== LF) yield Uint8Array.of(LF);
  }
}
