import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { BlobError } from '../index.ts';
import { inflate } from '../inflate.ts';
import { checkBlobNames } from '../node/blob-name.ts';
import { readState } from '../node/export-directory.ts';
import { DirectoryError } from '../node/index.ts';
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

/** The compressed bytes of a blob. */
export async function* storedBytes({ name, path }: StoredBlob, signal: AbortSignal) {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) {
      signal.throwIfAborted();
      yield chunk as Uint8Array<ArrayBuffer>;
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
