/** What a run of the command reads and writes. It is passed on, so that tests need no process. */
export interface Context {
  stdout: NodeJS.WritableStream;
  stderr: Screen;
  env: Readonly<Record<string, string | undefined>>;
  /** Aborted with the error to report. */
  signal: AbortSignal;
}

/** A stream, which may be a terminal. */
export type Screen = NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
