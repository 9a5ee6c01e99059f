/**
 * The streams, environment and signal of a run. A parameter, so that tests can run the command in their own process.
 */
export interface Context {
  stdout: Screen;
  stderr: Screen;
  env: Readonly<Record<string, string | undefined>>;
  /** Aborts with the error to report. */
  signal: AbortSignal;
}

/** A stream that may be a terminal. */
export type Screen = NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
