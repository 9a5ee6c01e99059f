import { contest } from '../contest.ts';
import type { Finding } from '../finding.ts';
import type { Bench } from '../row.ts';
import { measuredBy } from '../run.ts';
import type { LocalExport } from '../storage.ts';

const MB = 1_000_000;

/**
 * Measures the peak of the resident set of a separate process that reads everything, in MB. An idle one reads nothing.
 */
export async function* row({ library, storage, smoke, big }: Bench): AsyncGenerator<Finding> {
  const small = await storage.export('mixed', 40);
  const large = await storage.export('mixed', big ? 1_000 : 100);
  const peak = async ({ manifest, lineItems }: Pick<LocalExport, 'manifest' | 'lineItems'>) => {
    const read = await measuredBy<{ peak: number; count: number }>('read.js', library.entry, JSON.stringify(manifest));
    if (read.count !== lineItems) throw new Error(`${read.count} of ${lineItems} line items were read.`);
    return read.peak / MB;
  };
  const idle = { manifest: { ...small.manifest, blobs: [], blobCount: 0 }, lineItems: 0 };
  const peaks = await contest(smoke ? 1 : 7, {
    small: () => peak(small),
    large: () => peak(large),
    idle: () => peak(idle),
  });
  const what = `peak memory while reading ${big ? '10 GB' : '1 GB'}`;
  const common = { what, unit: 'MB', ours: peaks.large, measure: 'ours − theirs' } as const;
  yield { ...common, beside: 'reading 400 MB', theirs: peaks.small, must: ['≤', 16] };
  yield { ...common, beside: 'the idle process', theirs: peaks.idle, must: ['<', 128] };
}
