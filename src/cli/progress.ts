import type { Progress } from '../index.ts';
import { liveBar } from './bar.ts';
import type { Held } from './held.ts';
import { plainLines } from './plain-lines.ts';

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

/** A bar on a terminal, a few lines elsewhere. */
export function createProgress(quiet: boolean): ProgressView {
  if (quiet) return silent;
  return process.stderr.isTTY && process.env.TERM !== 'dumb' ? liveBar(process.stderr) : plainLines(process.stderr);
}
