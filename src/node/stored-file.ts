import { createReadStream } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { BlobError, LineItemError } from '../errors.ts';
import { inflate } from '../inflate.ts';
import { type Parse, parseLine, readLines } from '../line-items.ts';
import { reason } from '../redact.ts';
import { DirectoryError } from './directory-error.ts';
import type { BlobState, ExportState, Verified } from './export-state.ts';

/** A finished file, with the result of its verification. */
export interface StoredFile extends Verified {
  name: string;
  path: string;
  encoded: BlobState['encoded'];
}

/**
 * Returns the finished files of a directory, in the order of the manifest. A file counts only if its size is the
 * verified one. Its content is compared when it is read.
 *
 * @throws A {@link DirectoryError} if something else has the name of a blob
 */
export async function storedFiles(directory: string, { manifest, blobs }: ExportState): Promise<StoredFile[]> {
  const files: StoredFile[] = [];
  for (const { name } of manifest?.blobs ?? []) {
    const path = join(directory, name);
    const { done, encoded } = blobs.get(name) ?? {};
    if (done && (await sizeOf(path)) === done.bytes) files.push({ name, path, ...done, encoded });
  }
  return files;
}

/** Returns the size of a file in bytes, if it exists. @throws A {@link DirectoryError} if it is not a regular file */
export async function sizeOf(path: string): Promise<number | undefined> {
  const stats = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new DirectoryError(path, error);
  });
  if (stats && !stats.isFile()) throw new DirectoryError(path, 'is not a regular file');
  return stats?.size;
}

/**
 * Yields the bytes of a finished file.
 *
 * @throws A {@link BlobError} at the end if they differ from the verified ones, {@link DirectoryError}, or the signal's
 * reason
 */
async function* readStored({ name, path, ...verified }: StoredFile, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const read = { bytes: 0, crc32: 0 };
  yield* tally(readBytes(path, signal), read);
  if (read.bytes !== verified.bytes || read.crc32 !== (verified.crc32 ?? read.crc32)) {
    throw new BlobError(name, 'has changed since it was verified: its file was edited or damaged');
  }
}

/**
 * Yields the line items of a finished file in batches, each with its line number, from 1.
 *
 * @throws A {@link BlobError} if the file has changed, {@link LineItemError} if the service wrote the line like that,
 * {@link DirectoryError}, or the signal's reason
 */
export async function* readItems<Item>(file: StoredFile, parse: Parse<Item>, signal: AbortSignal) {
  let lineNumber = 0;
  try {
    for await (const lines of readLines(file.name, readStored(file, signal), () => file.encoded === true)) {
      const batch: [Item, number][] = [];
      for (const line of lines) {
        const item = parseLine(line, parse, file.name, ++lineNumber);
        if (item) batch.push([item, lineNumber]);
      }
      yield batch;
    }
  } catch (error) {
    if (error instanceof LineItemError) await checkFiles([file], signal);
    throw error;
  }
}

/** Compares finished files with their verification. @throws A {@link BlobError}, {@link DirectoryError}, or the signal's reason */
export async function checkFiles(files: readonly StoredFile[], signal: AbortSignal): Promise<void> {
  for (const file of files) {
    const bytes = readStored(file, signal);
    while (!(await bytes.next()).done);
  }
}

const LF = 0x0a;
const BOM = [0xef, 0xbb, 0xbf];

/** Returns where the text of a blob begins: after its byte order mark, if it has one. */
export function startOf(blob: Uint8Array): number {
  return BOM.every((byte, i) => blob[i] === byte) ? BOM.length : 0;
}

/**
 * Yields the text of finished files, byte for byte. Leaves out a byte order mark at the start of a blob, and adds a
 * line feed to a blob that does not end with one.
 *
 * @throws A {@link BlobError}, {@link DirectoryError}, or the signal's reason
 */
export async function* readText(files: readonly StoredFile[], signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for (const file of files) {
    let last: number | undefined;
    try {
      for await (const chunk of inflate(readStored(file, signal), () => file.encoded === true)) {
        const isFirst = last === undefined;
        last = chunk.at(-1) ?? last;
        yield isFirst ? chunk.subarray(startOf(chunk)) : chunk;
      }
    } catch (error) {
      signal.throwIfAborted();
      const isOurs = error instanceof BlobError || error instanceof DirectoryError;
      throw isOurs ? error : new BlobError(file.name, `is corrupt: ${reason(error)}`);
    }
    if (last !== undefined && last !== LF) yield Uint8Array.of(LF);
  }
}

/** Passes bytes through and counts them. */
export async function* tally(
  chunks: AsyncIterable<Uint8Array>,
  read: { bytes: number; crc32: number },
  onChunk?: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    read.bytes += chunk.length;
    read.crc32 = crc32(chunk, read.crc32);
    onChunk?.(chunk);
    yield chunk;
  }
}

/** Yields the bytes of a file. @throws A {@link DirectoryError}, or the signal's reason */
export async function* readBytes(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
      signal.throwIfAborted();
      yield chunk;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw new DirectoryError(path, error);
  }
}
