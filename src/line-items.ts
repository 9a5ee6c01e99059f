import type { UsageLineItem } from '../generated/index.ts';
import { type BlobOptions, isEncoded, readBlob } from './blob.ts';
import type { BlobAccess } from './blob-access.ts';
import { BlobError, InvalidRequestError, LineItemError } from './errors.ts';
import { parseExact } from './exact-numbers.ts';
import { inflate, NotGzip } from './inflate.ts';
import { quote, reason } from './redact.ts';
import type { Transfer } from './retry.ts';

/** How far the reading is. */
export interface Progress {
  /** Blobs read to their end, and how many there are. */
  blobs: number;
  blobCount: number;
  /** Bytes received from the storage, compressed as they come. */
  bytes: number;
  lineItems: number;
}

/** How to read line items. */
export interface LineItemsOptions {
  signal?: AbortSignal | undefined;
  /**
   * `number`, the default, is what `JSON.parse` gives: quick, but a double has no more than 17 significant digits.
   * `string` gives every number as it was written.
   */
  numbers?: 'number' | 'string' | undefined;
  /** Called, and waited for, after each piece of a blob, a few hundred kB of text. */
  onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * The line items of all blobs that `open` gives access to, in the manifest's order. No more than a few pieces are in
 * memory at any time.
 *
 * @throws {@link BlobError}, {@link LineItemError}, what `open` and its access throw, or the signal's reason
 */
export async function* readLineItems(
  open: () => Promise<BlobAccess>,
  transfer: Transfer,
  { signal, numbers = 'number', onProgress }: LineItemsOptions,
): AsyncGenerator<UsageLineItem> {
  if (numbers !== 'number' && numbers !== 'string') {
    throw new InvalidRequestError('numbers', quote(numbers), 'number or string');
  }
  const parse = numbers === 'string' ? parseExact : JSON.parse;
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

const NEWLINE = 0x0a;
/** Bytes that are decoded at once: shorter texts stay in the processor's cache, and longer ones take several times as long. */
const PIECE = 32 * 1024;
/** The longest line, in bytes: 32 MiB. */
const LONGEST_LINE = 2 ** 25;

/**
 * The lines of a blob, in batches. A line may span any number of chunks. `isPlain` says, once the first bytes have
 * arrived, whether the transport has decoded them, so that they need not be gzip.
 *
 * @throws {@link BlobError}, {@link LineItemError} for a line of more than 32 MiB, or what `bytes` throws
 */
export async function* readLines(
  name: string,
  bytes: AsyncIterable<Uint8Array>,
  isPlain: () => boolean = () => false,
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
  // A decoder that has to remember half a character is several times slower from then on.
  const [whole, split] = [newDecoder(), newDecoder()];
  let lineNumber = 0;
  /** The text and the bytes of the line that earlier chunks began. */
  let begun = '';
  let length = 0;
  /** Twice as fast as `split`, which copies. */
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
        // A line that spans chunks is handed out by itself, so that its length is known.
        const piece = length > 0 ? start : start + PIECE;
        const last = chunk.subarray(start, piece).lastIndexOf(NEWLINE);
        const end = last === -1 ? chunk.indexOf(NEWLINE, piece) : start + last;
        const part = chunk.subarray(start, end === -1 ? chunk.length : end);
        length += part.length;
        if (length > LONGEST_LINE) fail(new LineItemError(name, lineNumber + 1, 'exceeds 32 MiB'));
        if (end === -1) {
          begun += split.decode(part, { stream: true });
          break;
        }
        yield linesOf(length > part.length ? begun + split.decode(part) : whole.decode(part));
        begun = '';
        length = 0;
        start = end + 1;
      }
    }
    yield linesOf(begun + split.decode());
  } catch (error) {
    if (failure) throw failure.error;
    throw new BlobError(name, error instanceof NotGzip ? `is ${error.message}` : `is corrupt: ${reason(error)}`);
  }
}

const newDecoder = () => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The line item of a line; nothing for a blank one.
 *
 * @throws {@link LineItemError}
 */
export function parseLine(
  line: string,
  parse: (line: string) => unknown,
  blobName: string,
  lineNumber: number,
): UsageLineItem | undefined {
  if (/^[ \t\r]*$/.test(line)) return undefined;
  try {
    const item = parse(line);
    if (item && typeof item === 'object' && !Array.isArray(item)) return item as UsageLineItem;
  } catch {
    // Not JSON at all.
  }
  throw new LineItemError(blobName, lineNumber, `is not a JSON object: ${quote(line)}`);
}
