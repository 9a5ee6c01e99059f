import type { Context } from '../context.ts';
import { liveBar } from './bar.ts';
import { plainLines } from './plain-lines.ts';
import type { ProgressView } from './progress-view.ts';

const silent: ProgressView = { say() {}, note() {}, begin() {}, update() {}, end() {} };

/**
 * Shows progress while `work` runs: a bar on a terminal, a few lines elsewhere, none with `--quiet`. Always clears the
 * bar at the end.
 */
export async function withProgress<T>(
  { quiet, verbose }: { quiet?: true | undefined; verbose?: true | undefined },
  { stderr, env }: Pick<Context, 'stderr' | 'env'>,
  work: (progress: ProgressView) => Promise<T>,
): Promise<T> {
  const isBar = stderr.isTTY && env.TERM !== 'dumb';
  const lines = plainLines(stderr);
  const hidden = verbose ? { ...silent, note: lines.note } : silent;
  const progress = quiet ? hidden : isBar ? liveBar(stderr, !env.NO_COLOR) : lines;
  try {
    return await work(progress);
  } finally {
    progress.end();
  }
}
