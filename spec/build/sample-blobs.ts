import { createHash } from 'node:crypto';
import { constants, gzipSync } from 'node:zlib';
import { sampleLines } from '../sample-lines.ts';
import { contract } from './contract.ts';

export interface SampleBlob {
  /** The name in the contract's example manifest. */
  name: string;
  bytes: Uint8Array;
  sha256: string;
  /** The content of the blob, each line with its line feed. */
  lines: string;
}

/** Splits the sample line items into the blobs of the contract's example manifest, in order. */
export function sampleBlobs(): SampleBlob[] {
  const items = sampleLines();
  const { blobs } = contract.components.examples.manifest.value;
  const share = Math.ceil(items.length / blobs.length);
  return blobs.map(({ name }: { name: string }, i: number) => {
    const lines = items.slice(i * share, (i + 1) * share).join('');
    const bytes = gzip(lines);
    return { name, bytes, sha256: createHash('sha256').update(bytes).digest('hex'), lines };
  });
}

/** Compresses a text without the time and the system, so that each build of one Node.js gives the same bytes. */
function gzip(text: string): Uint8Array {
  const bytes = gzipSync(text, { level: constants.Z_BEST_COMPRESSION });
  bytes.fill(0, 4, 8);
  bytes[9] = 255;
  return bytes;
}
