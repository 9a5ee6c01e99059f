import { Interrupted, OutputError } from './errors.ts';

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
