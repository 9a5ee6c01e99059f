/** The reason of the signal when somebody stops the command. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Aborted by Ctrl-C, SIGTERM or a terminal that goes away. A second one ends the process at once. */
export function onInterrupt(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => controller.abort(new Interrupted(`stopped by ${name}.`)));
  }
  return controller.signal;
}
