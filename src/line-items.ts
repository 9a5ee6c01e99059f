import type { UsageLineItem } from '../generated/index.ts';
import { type BlobAccess, type BlobOptions, readBlob } from './blob.ts';
import { BlobError, InvalidRequestError, LineItemError } from './errors.ts';
import { parseExact } from './exact-numbers.ts';
import { inflate } from './inflate.ts';
import { quote, reason } from './redact.ts';

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
  transfer: Pick<BlobOptions, 'fetch' | 'timeoutMs' | 'retry'>,
  { signal, numbers = 'number', onProgress }: LineItemsOptions,
): AsyncGenerator<UsageLineItem> {
  if (numbers !== 'number' && numbers !== 'string') {
    throw new InvalidRequestError('numbers', quote(numbers), 'number or string');
  }
  const parse = numbers === 'string' ? parseExact : (line: string) => JSON.parse(line);
  const access = await open();
  const { blobs } = access.manifest;
  const progress: Progress = { blobs: 0, blobCount: blobs.length, bytes: 0, lineItems: 0 };
  const stop = new AbortController();
  const options: BlobOptions = {
    ...transfer,
    signal: signal ? AbortSignal.any([signal, stop.signal]) : stop.signal,
    onBytes: (bytes) => {
      progress.bytes += bytes;
    },
  };
  try {
    for (const { name } of blobs) {
      let lineNumber = 0;
      for await (const lines of readLines(name, readBlob(name, access, options))) {
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

/** The lines of a blob, in batches. A line may span any number of chunks. */
export async function* readLines(name: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Iterable<string>> {
  let failure: { error: unknown } | undefined;
  async function* watched() {
    try {
      yield* bytes;
    } catch (error) {
      failure = { error };
      throw error;
    }
  }
  // Whole lines are decoded at once: a decoder that has to remember half a character is several times slower.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let pending: Uint8Array[] = [];
  let isFirst = true;
  const decode = (): string => {
    const text = decoder.decode(concat(pending));
    const marked = isFirst && text.startsWith('\ufeff');
    isFirst = false;
    return marked ? text.slice(1) : text;
  };
  try {
    for await (const chunk of inflate(watched())) {
      let start = 0;
      while (start < chunk.length) {
        const last = chunk.subarray(start, start + PIECE).lastIndexOf(NEWLINE);
        const end = last === -1 ? chunk.indexOf(NEWLINE, start + PIECE) : start + last;
        if (end === -1) break;
        pending.push(chunk.subarray(start, end));
        yield linesOf(decode());
        pending = [];
        start = end + 1;
      }
      pending.push(chunk.subarray(start));
    }
    yield linesOf(decode());
  } catch (error) {
    throw failure ? failure.error : new BlobError(name, `is corrupt: ${reason(error)}`);
  }
}

/** Twice as fast as `split`, which copies. */
function* linesOf(text: string): Generator<string> {
  let start = 0;
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
    yield text.slice(start, end);
    start = end + 1;
  }
  yield text.slice(start);
}

function concat([first = new Uint8Array(), ...more]: Uint8Array[]): Uint8Array {
  if (more.length === 0) return first;
  const all = new Uint8Array(more.reduce((sum, { length }) => sum + length, first.length));
  let at = 0;
  for (const part of [first, ...more]) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

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
    if (typeof item === 'object' && item !== null && !Array.isArray(item)) return item as UsageLineItem;
  } catch {
    // Not JSON at all.
  }
  throw new LineItemError(blobName, lineNumber, line);
}
