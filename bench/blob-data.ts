import { createCipheriv, createHash } from 'node:crypto';
import { constants, crc32, deflateRawSync } from 'node:zlib';
import { partnerMonth, toLine } from '../contract-tests/kit/mock/partner-month.ts';

/**
 * `mixed` has names from many countries, like most exports. `ascii` is the same with ASCII characters only. `dense` is
 * `mixed` with noise in an attribute, so that there is little to inflate or parse for each compressed byte.
 */
export type Kind = 'mixed' | 'ascii' | 'dense';

/** 10 MB of text, about 0.74 MB compressed. For `dense`, 10 MB compressed. */
export const LINES_PER_BLOCK: Record<Kind, number> = { mixed: 5_200, ascii: 5_200, dense: 418 };

/** The gzip level that is closest to the 13:1 of real exports. */
const LEVEL = 4;

const NOISE_BYTES = 22_500;

/**
 * Returns the lines of a block: line items with all attributes, about 1.9 kB each. The same count gives the same
 * lines.
 */
export function linesOf(kind: Kind, count: number): string[] {
  const lines = Array.from(partnerMonth(count), toLine);
  if (kind === 'ascii') return lines.map((line) => line.normalize('NFKD').replace(/[^\x20-\x7e]/g, ''));
  if (kind === 'mixed') return lines;
  const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16));
  return lines.map((line) => {
    const text = noise.update(Buffer.alloc(NOISE_BYTES)).toString('base64');
    return `${line.slice(0, -1)},"Noise":"${text}"}`;
  });
}

/** A gzip file with one member, which repeats the same lines. */
export interface GzipFile {
  size: number;
  /** In base64. */
  md5: string;
  slice: (from: number, to: number) => Generator<Uint8Array>;
}

/**
 * Creates a gzip file. A block is deflated once with a full flush, so that it can follow any other block. Blobs of any
 * size take the memory of one block. The repetition is too far back for deflate, which can refer to the last 32 kB.
 *
 * @see https://www.rfc-editor.org/rfc/rfc1951
 */
export function createGzipFile(kind: Kind, linesPerBlock: number, blocks: number): GzipFile {
  const text = Buffer.from(linesOf(kind, linesPerBlock).join('\n').concat('\n'));
  const block = deflateRawSync(text, { level: LEVEL, finishFlush: constants.Z_FULL_FLUSH });
  let checksum = 0;
  for (let n = 0; n < blocks; n++) checksum = crc32(text, checksum);
  const head = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
  const end = Buffer.from([3, 0, ...Array<number>(8).fill(0)]);
  end.writeUInt32LE(checksum, 2);
  end.writeUInt32LE((text.length * blocks) % 2 ** 32, 6);

  const size = head.length + block.length * blocks + end.length;
  function* slice(from: number, to: number): Generator<Uint8Array> {
    let at = 0;
    for (const part of parts(head, block, blocks, end)) {
      if (at < to && at + part.length > from) yield part.subarray(Math.max(0, from - at), to - at);
      at += part.length;
    }
  }
  const hash = createHash('md5');
  for (const part of slice(0, size)) hash.update(part);
  return { size, md5: hash.digest('base64'), slice };
}

function* parts(head: Uint8Array, block: Uint8Array, blocks: number, end: Uint8Array): Generator<Uint8Array> {
  yield head;
  for (let n = 0; n < blocks; n++) yield block;
  yield end;
}
