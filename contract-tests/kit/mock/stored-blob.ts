import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';

/** A blob in the storage. */
export interface StoredBlob {
  /** In bytes. */
  size: number;
  /** In base64. */
  md5: string;
  /** Reads the bytes from `start` up to, but not including, `end`. */
  read: (start: number, end: number) => Readable;
}

export function inMemory(bytes: Uint8Array): StoredBlob {
  const md5 = createHash('md5').update(bytes).digest('base64');
  return { size: bytes.length, md5, read: (start, end) => Readable.from([bytes.subarray(start, end)]) };
}

export function onDisk(path: string, size: number, md5: string): StoredBlob {
  const read = (start: number, end: number) =>
    // `end` of a stream is inclusive, so that it cannot read nothing.
    end > start ? createReadStream(path, { start, end: end - 1 }) : Readable.from([]);
  return { size, md5, read };
}

/** Returns a blob without its last bytes. */
export function truncated({ read, size }: StoredBlob, missing: number): StoredBlob {
  // The MD5 is unknown, and left out.
  return { size: Math.max(0, size - missing), md5: '', read };
}
