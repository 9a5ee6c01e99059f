import type { Context } from '../context.ts';
import { liveBar } from './bar.ts';
import { plainLines } from './plain-lines.ts';
import type { ProgressView } from './progress-view.ts';

const silent: ProgressView = { say() {}, begin() {}, update() {}, end() {} };

/** Shows progress while `work` runs: a bar on a terminal, a few lines elsewhere. Always clears the bar at the end. */
export async function withProgress<T>(
  quiet: boolean | undefined,
  { stderr, env }: Pick<Context, 'stderr' | 'env'>,
  work: (progress: ProgressView) => Promise<T>,
): Promise<T> {
  const isBar = stderr.isTTY && env.TERM !== 'dumb';
  const progress = quiet ? silent : isBar ? liveBar(stderr, !env.NO_COLOR) : plainLines(stderr);
  try {
    return await work(progress);
  } finally {
    progress.end();
  }
}
