import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { spec } from '../document/document.ts';
import { onDisk, type StoredBlob } from './stored-blob.ts';

/**
 * Splits lines into gzip files with about the same number of lines each, in order. Writes the files to a directory, so
 * that memory stays flat. Returns them by name.
 */
export async function writeBlobFiles(
  directory: string,
  lines: Iterable<string>,
  count: number,
  files: number,
  signal: AbortSignal,
): Promise<Map<string, StoredBlob>> {
  const share = Math.ceil(count / files);
  const rest = lines[Symbol.iterator]();
  const blobs = new Map<string, StoredBlob>();
  for (let i = 0; i < files; i++) {
    const name = blobName(i);
    const path = join(directory, name);
    const hash = createHash('md5');
    let size = 0;
    async function* hashed(gzip: AsyncIterable<Buffer>) {
      for await (const chunk of gzip) {
        hash.update(chunk);
        size += chunk.length;
        yield chunk;
      }
    }
    await pipeline(chunks(rest, share), createGzip(), hashed, createWriteStream(path), { signal });
    blobs.set(name, onDisk(path, size, hash.digest('base64')));
  }
  return blobs;
}

/** Names a blob like the example of the contract. */
function blobName(i: number): string {
  const [{ name }] = spec.components.examples.manifest.value.blobs;
  return name.replace(/\d{5}/, `${i}`.padStart(5, '0'));
}

function* chunks(lines: Iterator<string>, count: number): Generator<string> {
  let chunk = '';
  for (let n = 0; n < count; n++) {
    const { value, done } = lines.next();
    if (done) break;
    chunk += `${value}\n`;
    if (chunk.length < 65_536) continue;
    yield chunk;
    chunk = '';
  }
  yield chunk;
}
