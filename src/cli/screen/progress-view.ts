import type { Progress } from '../../index.ts';

/** What a directory holds before a run. It says nothing about how fast the run is. */
export interface Holdings {
  blobs: number;
  bytes: number;
}

/** Shows the progress of an export on stderr. */
export interface ProgressView {
  /** What happens now. */
  say: (text: string) => void;
  begin: (before: Holdings) => void;
  update: (progress: Progress) => void;
  /** Leaves stderr as plain text needs it. May be called again. */
  end: () => void;
}
