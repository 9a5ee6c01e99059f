/** The reason of the signal when somebody stops the command. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** The reason of the signal when stdout takes no more. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
  /** The reader closed the pipe (for example, `head`). */
  readonly isClosed: boolean;

  constructor({ code }: NodeJS.ErrnoException) {
    super(`stdout: ${code}.`);
    this.isClosed = code === 'EPIPE';
  }
}

/**
 * Aborted by Ctrl-C, SIGTERM, a terminal that goes away, or when stdout takes no more. A second signal ends the process at
 * once.
 */
export function onInterrupt(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => controller.abort(new Interrupted(`stopped by ${name}.`)));
  }
  process.stdout.on('error', (error) => controller.abort(new OutputError(error)));
  return controller.signal;
}
