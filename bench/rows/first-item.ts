import { contest } from '../contest.ts';
import type { Finding } from '../finding.ts';
import type { Bench } from '../row.ts';
import { measuredBy } from '../run.ts';

/** Measures a new process without compiled code, from the headers, which come before the first byte of the blob. */
export async function* row({ library, storage, smoke }: Bench): AsyncGenerator<Finding> {
  const { manifest } = await storage.export('mixed', 10);
  const args = [library.entry, JSON.stringify(manifest), 'first'];
  const { ours } = await contest(smoke ? 1 : 15, {
    ours: async () => (await measuredBy<{ firstItemMs: number }>('read.js', ...args)).firstItemMs,
  });
  const what = 'first line item after the first byte';
  yield { what, beside: '–', unit: 'ms', ours, theirs: [], measure: 'ours', must: ['≤', 50] };
}
