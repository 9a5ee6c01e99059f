import type { Finding, Skipped } from './finding.ts';
import type { Library } from './library.ts';
import type { LocalStorage } from './storage.ts';

/** What a row measures with, and how much. */
export interface Bench {
  library: Library;
  /** The version on this machine, if it is there. */
  curl: string | undefined;
  storage: LocalStorage;
  /** Tiny data, one round: to see that the bench works. */
  smoke: boolean;
  /** Reads 10 GB where 1 GB would do. */
  big: boolean;
}

/** One row of the table, or the few that are measured together. */
export type Row = (bench: Bench) => AsyncGenerator<Finding | Skipped>;
