import { type BlobOptions, isEncoded, readBlob } from './blob.ts';
import type { BlobAccess } from './blob-access.ts';
import { BlobError, InvalidRequestError, LineItemError } from './errors.ts';
import { parseExact } from './exact-numbers.ts';
import { inflate, NotGzip } from './inflate.ts';
import { quote, reason } from './redact.ts';
import type { Transfer } from './retry.ts';
import type { Decimals, UsageLineItem } from './usage-line-item.ts';

/** The progress of a read or a download. */
export interface Progress {
  /** The number of complete blobs. */
  blobs: number;
  /** The number of all blobs. */
  blobCount: number;
  /** The compressed bytes that have arrived from the storage. */
  bytes: number;
  /** The number of line items. */
  lineItems: number;
}

/** How to read line items. */
export interface LineItemsOptions<N extends 'number' | 'string' = 'number' | 'string'> {
  /** Aborts the loop, which throws its reason. */
  signal?: AbortSignal | undefined;
  /**
   * `number` (default) returns what `JSON.parse` returns. That is fast, but a double has at most 17 significant digits.
   * `string` returns each number as it was written.
   */
  numbers?: N | undefined;
  /**
   * Called and awaited after each piece of a blob. A piece is a few hundred kB of text. If it throws or rejects, the loop
   * ends with its error.
   */
  onProgress?: ((progress: Progress) => void) | ((progress: Progress) => Promise<void>) | undefined;
}

/**
 * Yields the line items of all blobs that `open` gives access to, in the order of the manifest. Keeps only a few pieces
 * in memory at a time.
 *
 * @throws A {@link BlobError}, {@link LineItemError}, what `open` and the renewal throw, or the signal's reason
 */
export async function* readLineItems<N extends keyof Decimals>(
  open: () => Promise<BlobAccess>,
  transfer: Transfer,
  { signal, numbers, onProgress }: LineItemsOptions<N>,
): AsyncGenerator<UsageLineItem<Decimals[N]>> {
  const parse = parserOf(numbers);
  const access = await open();
  const { blobs } = access.manifest;
  const progress: Progress = { blobs: 0, blobCount: blobs.length, bytes: 0, lineItems: 0 };
  const stop = new AbortController();
  let encoded = false;
  const options: BlobOptions = {
    ...transfer,
    signal: AbortSignal.any([stop.signal, signal ?? stop.signal]),
    onResponse: ({ headers }) => {
      encoded = isEncoded(headers);
    },
    onBytes: (bytes) => {
      progress.bytes += bytes;
    },
  };
  try {
    for (const { name } of blobs) {
      let lineNumber = 0;
      for await (const lines of readLines(name, readBlob(name, access, options), () => encoded)) {
        for (const line of lines) {
          signal?.throwIfAborted();
          lineNumber++;
          const item = parseLine(line, parse, name, lineNumber);
          if (!item) continue;
          progress.lineItems++;
          yield item;
        }
        await onProgress?.({ ...progress });
      }
      progress.blobs++;
      await onProgress?.({ ...progress });
    }
  } finally {
    stop.abort();
  }
}

/** Parses a line. Its type holds for every line that is an object. */
export type Parse<Item> = (line: string) => Item;

/** Returns the parser for the option `numbers`. @throws An {@link InvalidRequestError} */
export function parserOf<N extends keyof Decimals>(numbers?: N): Parse<UsageLineItem<Decimals[N]>>;
export function parserOf(numbers: keyof Decimals = 'number'): Parse<unknown> {
  if (numbers === 'number') return JSON.parse;
  if (numbers === 'string') return parseExact;
  throw new InvalidRequestError('numbers', quote(numbers), 'number or string');
}

const NEWLINE = 0x0a;
/**
 * The number of bytes to decode at once. A longer text no longer fits the processor's cache and takes several times as
 * long.
 */
const PIECE = 32 * 1024;
/** The longest line, in bytes: 32 MiB. */
export const LONGEST_LINE = 2 ** 25;

/**
 * Yields the lines of a blob, in batches. A line may span any number of chunks. Once the first bytes have arrived,
 * `isPlain` returns whether the transport decoded them, so that they need not be gzip.
 *
 * @throws A {@link BlobError}, {@link LineItemError} for a line of more than 32 MiB, or what `bytes` throws
 */
export async function* readLines(
  name: string,
  bytes: AsyncIterable<Uint8Array>,
  isPlain: () => boolean,
): AsyncGenerator<Iterable<string>> {
  let failure: { error: unknown } | undefined;
  const fail = (error: unknown): never => {
    failure = { error };
    throw error;
  };
  async function* watched() {
    try {
      yield* bytes;
    } catch (error) {
      fail(error);
    }
  }
  // Once a decoder has had to keep half a character, it stays several times slower.
  const [whole, split] = [newDecoder(), newDecoder()];
  let lineNumber = 0;
  /** The start of a line from earlier chunks: its text, and its length in bytes. */
  let prefix = '';
  let length = 0;
  /** Twice as fast as `String.split`, which copies. */
  function* linesOf(text: string): Generator<string> {
    let start = Number(lineNumber === 0 && text.startsWith('\ufeff'));
    for (let end = 0; end !== -1; start = end + 1) {
      end = text.indexOf('\n', start);
      lineNumber++;
      yield end === -1 ? text.slice(start) : text.slice(start, end);
    }
  }
  try {
    for await (const chunk of inflate(watched(), isPlain)) {
      let start = 0;
      while (start < chunk.length) {
        // A line that spans chunks becomes a batch of its own, so that its length is known.
        const piece = length > 0 ? start : start + PIECE;
        const last = chunk.subarray(start, piece).lastIndexOf(NEWLINE);
        const end = last === -1 ? chunk.indexOf(NEWLINE, piece) : start + last;
        const part = chunk.subarray(start, end === -1 ? chunk.length : end);
        length += part.length;
        if (length > LONGEST_LINE) fail(new LineItemError(name, lineNumber + 1, 'exceeds 32 MiB'));
        if (end === -1) {
          prefix += split.decode(part, { stream: true });
          break;
        }
        yield linesOf(length > part.length ? prefix + split.decode(part) : whole.decode(part));
        prefix = '';
        length = 0;
        start = end + 1;
      }
    }
    yield linesOf(prefix + split.decode());
  } catch (error) {
    if (failure) throw failure.error;
    throw new BlobError(name, error instanceof NotGzip ? `is ${error.message}` : `is corrupt: ${reason(error)}`);
  }
}

const newDecoder = () => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Returns the line item of a line, or nothing for a blank line.
 *
 * @throws A {@link LineItemError}
 */
export function parseLine<Item>(
  line: string,
  parse: Parse<Item>,
  blobName: string,
  lineNumber: number,
): Item | undefined {
  if (/^[ \t\r]*$/.test(line)) return undefined;
  try {
    const item = parse(line);
    if (item && typeof item === 'object' && !Array.isArray(item)) return item;
  } catch {
    // The line is not JSON.
  }
  throw new LineItemError(blobName, lineNumber, `is not a JSON object: ${quote(line)}`);
}
