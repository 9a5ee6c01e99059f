import type { Finding, Skipped } from './finding.ts';
import type { Library } from './library.ts';
import type { LocalStorage } from './storage.ts';

/** The input of a row. */
export interface Bench {
  library: Library;
  /** The installed version, if any. */
  curl: string | undefined;
  storage: LocalStorage;
  /** Uses little data and one round, to test the bench itself. */
  smoke: boolean;
  /** Reads 10 GB instead of 1 GB. */
  big: boolean;
}

/** One row of the table, or a few that are measured together. */
export type Row = (bench: Bench) => AsyncGenerator<Finding | Skipped>;
