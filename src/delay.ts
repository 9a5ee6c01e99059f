import { InvalidRequestError } from './errors.ts';
import { quote } from './redact.ts';

/** What bounds a call: the caller's signal and, while waiting for an export, the deadline (ms since the epoch). */
export interface Bounds {
  signal?: AbortSignal | undefined;
  deadline?: number | undefined;
}

/** An attempt took too long. */
export class TimedOut extends Error {
  override readonly name = 'TimeoutError';
}

/** The deadline has passed, or would pass during the next wait. `cause` is what that wait was for. */
export class DeadlinePassed extends Error {}

/** Timers take no more than 31 bits; a longer one would fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Runs one attempt and ends it after `timeoutMs`, at the deadline or with the signal, whichever comes first – even when
 * what it runs does not listen to the signal it is given.
 *
 * @throws the signal's reason, a {@link DeadlinePassed}, a {@link TimedOut}, or what `run` throws
 */
export function attempt<T>(
  run: (signal: AbortSignal) => Promise<T>,
  timeoutMs: number,
  { signal, deadline = Number.POSITIVE_INFINITY }: Bounds,
): Promise<T> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const left = deadline - Date.now();
    const controller = new AbortController();
    const end = (reason: unknown) => {
      reject(reason);
      controller.abort(reason);
    };
    const abort = () => end(signal?.reason);
    const expire = () =>
      end(
        left <= timeoutMs ? new DeadlinePassed('the deadline passed') : new TimedOut(`timed out after ${timeoutMs} ms`),
      );
    const timer = setTimeout(expire, Math.max(0, Math.min(timeoutMs, left, LONGEST_TIMER)));
    signal?.addEventListener('abort', abort);
    const release = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    controller.signal.onabort = release;
    run(controller.signal).then(resolve, reject).then(release);
  });
}

/**
 * Waits, or does not even begin when the deadline would pass meanwhile.
 *
 * @throws the signal's reason, or a {@link DeadlinePassed}
 */
export async function delay(ms: number, { signal, deadline }: Bounds, cause?: unknown): Promise<void> {
  signal?.throwIfAborted();
  const until = Date.now() + ms;
  if (deadline !== undefined && until >= deadline) throw new DeadlinePassed(undefined, { cause });
  for (let left = ms; left > 0; left = until - Date.now()) {
    await attempt(forever, left, { signal }).catch((end) => {
      if (!(end instanceof TimedOut)) throw end;
    });
  }
}

const forever = () => new Promise<never>(() => {});

/** @throws {@link InvalidRequestError} */
export function checkDuration(field: string, ms: number): number {
  if (typeof ms === 'number' && ms > 0) return ms;
  throw new InvalidRequestError(field, quote(ms), 'a number of milliseconds above 0');
}
