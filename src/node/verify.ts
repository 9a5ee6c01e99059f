import { createHash } from 'node:crypto';
import { BlobError, LineItemError } from '../errors.ts';
import { inflate, NotGzip } from '../inflate.ts';
import { LONGEST_LINE } from '../line-items.ts';
import { quote, reason } from '../redact.ts';
import { DirectoryError } from './directory-error.ts';
import type { BlobState, Verified } from './export-state.ts';
import { readBytes, tally } from './stored-file.ts';

/**
 * Verifies a file on disk: its gzip is complete, each line begins with `{` and ends with `}`, and it has the MD5 that the
 * storage sent, if the storage sent one. Does not decode the text. Whether a line is JSON shows when it is read.
 *
 * @throws A {@link BlobError}, {@link LineItemError}, {@link DirectoryError}, or the signal's reason
 */
export async function verify(
  path: string,
  name: string,
  { md5, encoded }: BlobState,
  signal: AbortSignal,
): Promise<Verified> {
  const hash = md5 === undefined ? undefined : createHash('md5');
  const read = { bytes: 0, crc32: 0 };
  const lines = new LineFrames(name);
  const bytes = tally(readBytes(path, signal), read, (chunk) => hash?.update(chunk));
  try {
    for await (const chunk of inflate(bytes, () => encoded === true)) lines.add(chunk);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof BlobError || error instanceof LineItemError || error instanceof DirectoryError) throw error;
    throw new BlobError(name, error instanceof NotGzip ? `is ${error.message}` : `is corrupt: ${reason(error)}`);
  }
  lines.end();
  const actual = hash?.digest('base64');
  if (actual !== md5) throw new BlobError(name, `has the MD5 ${actual}, but the storage says ${md5}`);
  return { ...read, lineItems: lines.count };
}

const [TAB, LF, CR, SPACE, OPEN, CLOSE] = [0x09, 0x0a, 0x0d, 0x20, 0x7b, 0x7d];
const BOM = [0xef, 0xbb, 0xbf];

const isSpace = (byte: number | undefined) => byte === SPACE || byte === CR || byte === TAB;

/** Counts the lines of a text that are not blank, and checks their first and last bytes. */
class LineFrames {
  count = 0;
  readonly #blob: string;
  #lineNumber = 1;
  /** Of the current line, in bytes. */
  #length = 0;
  /** The first and the last byte of the current line that are not white space. */
  #first: number | undefined;
  #last: number | undefined;
  #isStart = true;

  constructor(blob: string) {
    this.#blob = blob;
  }

  add(chunk: Uint8Array): void {
    let start = this.#isStart && BOM.every((byte, i) => chunk[i] === byte) ? BOM.length : 0;
    if (chunk.length > 0) this.#isStart = false;
    for (;;) {
      const end = chunk.indexOf(LF, start);
      this.#extend(chunk, start, end === -1 ? chunk.length : end);
      if (end === -1) return;
      this.#finish(chunk.subarray(start, end));
      this.#lineNumber++;
      this.#length = 0;
      this.#first = undefined;
      this.#last = undefined;
      start = end + 1;
    }
  }

  /** Checks the last line, which may lack its line feed. */
  end(): void {
    this.#finish(new Uint8Array());
  }

  /** Adds a part of the current line, from `start` up to, but not including, `end`. */
  #extend(chunk: Uint8Array, start: number, end: number): void {
    this.#length += end - start;
    if (this.#length > LONGEST_LINE) throw new LineItemError(this.#blob, this.#lineNumber, 'exceeds 32 MiB');
    let [first, last] = [start, end - 1];
    while (first < end && isSpace(chunk[first])) first++;
    if (first === end) return;
    while (isSpace(chunk[last])) last--;
    this.#first ??= chunk[first];
    this.#last = chunk[last];
  }

  /** `part` is the end of the line, for the message. */
  #finish(part: Uint8Array): void {
    if (this.#first === undefined) return;
    if (this.#first === OPEN && this.#last === CLOSE) {
      this.count++;
      return;
    }
    const text = new TextDecoder().decode(part.subarray(0, 1_000));
    throw new LineItemError(this.#blob, this.#lineNumber, `is not a JSON object: ${quote(text)}`);
  }
}
