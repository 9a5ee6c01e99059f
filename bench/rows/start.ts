import { contest } from '../contest.ts';
import type { Finding } from '../finding.ts';
import type { Bench } from '../row.ts';
import { nodeTime } from '../run.ts';

export async function* row({ library, smoke }: Bench): AsyncGenerator<Finding> {
  const { ours, theirs } = await contest(smoke ? 1 : 21, {
    ours: () => nodeTime([library.command, '--help']),
    theirs: () => nodeTime(['-e', '0']),
  });
  const what = 'start of `unbilled-usage --help`';
  yield { what, beside: '`node -e 0`', unit: 'ms', ours, theirs, measure: 'ours − theirs', must: ['≤', 60] };
}
