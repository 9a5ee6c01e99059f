import { createHash } from 'node:crypto';
import { BlobError, LineItemError } from '../errors.ts';
import { inflate, NotGzip } from '../inflate.ts';
import { LONGEST_LINE } from '../line-items.ts';
import { quote, reason } from '../redact.ts';
import { DirectoryError } from './directory-error.ts';
import type { BlobState, Verified } from './export-state.ts';
import { readBytes, startOf, tally } from './stored-file.ts';

/**
 * Verifies a file on disk: its gzip is complete, each line begins with `{` and ends with `}`, and it has the MD5 that the
 * storage sent, if the storage sent one. Does not decode the text. Whether a line is JSON shows when it is read. Resolves
 * with the error if the data is wrong.
 *
 * @throws A {@link DirectoryError}, or the signal's reason
 */
export async function verify(
  path: string,
  name: string,
  { md5, encoded }: BlobState,
  signal: AbortSignal,
): Promise<Verified | BlobError | LineItemError> {
  const hash = md5 === undefined ? undefined : createHash('md5');
  const read = { bytes: 0, crc32: 0 };
  const bytes = tally(readBytes(path, signal), read, (chunk) => hash?.update(chunk));
  try {
    const text = inflate(bytes, () => encoded === true);
    const lineItems = await countLines(name, text);
    const actual = hash?.digest('base64');
    if (actual === md5) return { ...read, lineItems };
    return new BlobError(name, `has the MD5 ${actual}, but the storage says ${md5}`);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof DirectoryError) throw error;
    if (error instanceof LineItemError) return error;
    return new BlobError(name, error instanceof NotGzip ? `is ${error.message}` : `is corrupt: ${reason(error)}`);
  }
}

const [LF, OPEN, CLOSE] = [0x0a, 0x7b, 0x7d];

const isSpace = (byte: number | undefined) => byte === 0x20 || byte === 0x0d || byte === 0x09;

/**
 * Counts the lines of a text that are not blank, and checks their first and last bytes.
 *
 * @throws A {@link LineItemError}, or what `chunks` throws
 */
async function countLines(blobName: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let count = 0;
  let lineNumber = 0;
  /** The start of a line whose end has not arrived. */
  let rest: Uint8Array = Buffer.alloc(0);
  /** Checks the line from `start` up to, but not including, `end`. */
  const check = (text: Uint8Array, start: number, end: number) => {
    lineNumber++;
    let [first, last] = [lineNumber === 1 ? startOf(text) : start, end - 1];
    while (first <= last && isSpace(text[last])) last--;
    if (first > last) return;
    while (isSpace(text[first])) first++;
    if (text[first] === OPEN && text[last] === CLOSE) count++;
    else {
      const head = new TextDecoder().decode(text.subarray(start, Math.min(end, start + 1_000)));
      throw new LineItemError(blobName, lineNumber, `is not a JSON object: ${quote(head)}`);
    }
  };
  for await (const chunk of chunks) {
    const first = chunk.indexOf(LF);
    rest = Buffer.concat([rest, first === -1 ? chunk : chunk.subarray(0, first)]);
    if (rest.length > LONGEST_LINE) throw new LineItemError(blobName, lineNumber + 1, 'exceeds 32 MiB');
    if (first === -1) continue;
    check(rest, 0, rest.length);
    let start = first + 1;
    for (let end = chunk.indexOf(LF, start); end !== -1; end = chunk.indexOf(LF, start)) {
      check(chunk, start, end);
      start = end + 1;
    }
    rest = chunk.subarray(start);
  }
  check(rest, 0, rest.length); // The last line may lack its line feed.
  return count;
}
