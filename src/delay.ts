import { InvalidRequestError } from './errors.ts';
import { quote } from './redact.ts';

/** What bounds a call: the caller's signal and, while it waits for an export, the deadline. */
export interface Bounds {
  signal?: AbortSignal | undefined;
  /** In ms, on the clock of `performance.now()`, which nobody sets. */
  deadline?: number | undefined;
}

/** An attempt took too long. */
export class TimedOut extends Error {
  override readonly name = 'TimeoutError';
}

/** The deadline has passed, or would pass during the next wait. `cause` is what that wait was for. */
export class DeadlinePassed extends TimedOut {
  constructor(cause?: unknown) {
    super('the deadline passed', { cause });
  }
}

/** Timers take no more than 31 bits; a longer one would fire at once. */
const LONGEST_TIMER = 2e9;

/** Who waits on a signal. It has one listener, however many wait: more than ten make Node.js warn of a leak. */
const waits = new WeakMap<AbortSignal, Set<(reason: unknown) => void>>();

function endWaits(event: Event): void {
  const signal = event.target as AbortSignal;
  for (const end of waits.get(signal) ?? []) end(signal.reason);
}

/**
 * Runs one attempt. It ends after `timeoutMs`, at the deadline or with the signal, whichever comes first, even if `run`
 * ignores the signal that it gets. `spentMs` is how much of `timeoutMs` earlier attempts have used up.
 *
 * @throws the signal's reason, a {@link DeadlinePassed}, a {@link TimedOut}, or what `run` throws
 */
export function attempt<T>(
  run: (signal: AbortSignal) => Promise<T>,
  timeoutMs: number,
  { signal, deadline = Infinity }: Bounds,
  spentMs = 0,
): Promise<T> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const left = deadline - performance.now();
    const controller = new AbortController();
    const end = (reason: unknown) => {
      reject(reason);
      controller.abort(reason);
      release();
    };
    const expire = () =>
      end(left <= timeoutMs ? new DeadlinePassed() : new TimedOut(`timed out after ${timeoutMs} ms`));
    const timer = setTimeout(expire, Math.max(0, Math.min(timeoutMs - spentMs, left, LONGEST_TIMER)));
    const ends = (signal && waits.get(signal)) ?? new Set();
    if (signal) waits.set(signal, ends);
    ends.add(end);
    signal?.addEventListener('abort', endWaits);
    const release = () => {
      clearTimeout(timer);
      ends.delete(end);
      if (ends.size === 0) signal?.removeEventListener('abort', endWaits);
    };
    run(controller.signal).then(resolve, reject).then(release);
  });
}

/** Returns the wait if it ends before the deadline. @throws {@link DeadlinePassed} */
export function withinDeadline(ms: number, { deadline = Infinity }: Bounds, cause?: unknown): number {
  if (performance.now() + ms >= deadline) throw new DeadlinePassed(cause);
  return ms;
}

/** Waits, for 24 days at most. @throws the signal's reason */
export async function delay(ms: number, { signal }: Bounds): Promise<void> {
  signal?.throwIfAborted();
  if (ms === 0) return;
  await attempt(() => new Promise(() => {}), ms, { signal }).catch((end) => {
    if (!(end instanceof TimedOut)) throw end;
  });
}

/** @throws {@link InvalidRequestError} */
export function checkDuration(field: string, ms: number): number {
  if (typeof ms === 'number' && ms > 0) return ms;
  throw new InvalidRequestError(field, quote(ms), 'a positive number');
}
