import type { Progress } from '../../index.ts';
import { liveBar } from './bar.ts';
import { plainLines } from './plain-lines.ts';

/** What a directory has before a run: that says nothing about how fast the run is. */
export interface Held {
  blobs: number;
  bytes: number;
}

/** How the way of an export is shown on stderr. */
export interface ProgressView {
  /** What happens now. */
  say: (text: string) => void;
  /** With what the directory has already. */
  begin: (held: Held) => void;
  update: (progress: Progress) => void;
  /** Leaves stderr as plain text needs it. May be called again. */
  end: () => void;
}

const silent: ProgressView = { say() {}, begin() {}, update() {}, end() {} };

/** Shows progress while `work` runs: a bar on a terminal, a few lines elsewhere. However it ends, the screen is given back. */
export async function withProgress<T>(
  quiet: boolean | undefined,
  work: (progress: ProgressView) => Promise<T>,
): Promise<T> {
  const bar = process.stderr.isTTY && process.env.TERM !== 'dumb';
  const progress = quiet ? silent : bar ? liveBar(process.stderr) : plainLines(process.stderr);
  try {
    return await work(progress);
  } finally {
    progress.end();
  }
}
