import type { Progress } from '../../index.ts';

/** The content of a directory before a run. It does not count towards the speed of the run. */
export interface Holdings {
  blobs: number;
  bytes: number;
}

/** Shows the progress of an export on stderr. */
export interface ProgressView {
  /** Shows what happens now. */
  say: (text: string) => void;
  /** Writes a line that stays. */
  note: (line: string) => void;
  begin: (before: Holdings) => void;
  update: (progress: Progress) => void;
  /** Clears the line for plain text. May be called again. */
  end: () => void;
}
