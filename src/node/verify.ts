import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { BlobError } from '../errors.ts';
import { parseLine, readLines } from '../line-items.ts';

/**
 * Reads a file as it lies on the disk: its gzip is whole, each line is a JSON object, and it has the MD5 that the storage
 * named, in base64.
 *
 * @throws {@link BlobError}, {@link LineItemError}, or the signal's reason
 */
export async function verify(
  path: string,
  name: string,
  md5: string | undefined,
  signal: AbortSignal,
): Promise<{ bytes: number; lineItems: number }> {
  const hash = createHash('md5');
  let bytes = 0;
  async function* hashed() {
    for await (const chunk of createReadStream(path, { highWaterMark: 64 * 1024 })) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  }
  let lineItems = 0;
  let lineNumber = 0;
  for await (const lines of readLines(name, hashed())) {
    signal.throwIfAborted();
    for (const line of lines) {
      lineNumber++;
      if (parseLine(line, JSON.parse, name, lineNumber)) lineItems++;
    }
  }
  const actual = hash.digest('base64');
  if (md5 !== undefined && md5 !== actual)
    throw new BlobError(name, `has the MD5 ${actual}, but the storage names ${md5}`);
  return { bytes, lineItems };
}
