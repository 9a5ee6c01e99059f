import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { spec } from '../document/document.ts';

/** Splits lines into gzip files with about the same number of lines each, in order. Returns the files by name. */
export async function toBlobFiles(lines: Iterable<string>, count: number, files: number): Promise<Map<string, Buffer>> {
  const share = Math.ceil(count / files);
  const rest = lines[Symbol.iterator]();
  const blobs = new Map<string, Buffer>();
  for (let i = 0; i < files; i++) {
    const text = Readable.from(chunks(rest, share));
    // Piped, so that a large export is only in memory in compressed form.
    blobs.set(blobName(i), await buffer(text.pipe(createGzip())));
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
