import { InvalidRequestError } from './errors.ts';
import { quote } from './redact.ts';

/** The limits of a call: the caller's signal and, if it waits for an export, the deadline. */
export interface Bounds {
  signal?: AbortSignal | undefined;
  /** In ms, on the clock of `performance.now()`, which never jumps. */
  deadline?: number | undefined;
}

/** An attempt took too long. */
export class TimedOut extends Error {
  override readonly name = 'TimeoutError';
}

/** The deadline passed, or would pass during the next wait. `cause` is the reason for that wait. */
export class DeadlinePassed extends TimedOut {
  constructor(cause?: unknown) {
    super('the deadline passed', { cause });
  }
}

/** A timer takes 31 bits at most. A longer one fires at once. */
const LONGEST_TIMER = 2e9;

/**
 * The waits on each signal. A signal has one listener for all of them, since Node.js warns of a leak above ten. They are
 * arrays, because with a `Set` V8 collects garbage more often, which slows a dense download by 10 %.
 */
const waits = new WeakMap<AbortSignal, ((reason: unknown) => void)[]>();

function endWaits(event: Event): void {
  const signal = event.target as AbortSignal;
  const ends = waits.get(signal) ?? [];
  while (ends[0]) ends[0](signal.reason); // Each removes itself.
}

/**
 * Runs one attempt. It ends after `timeoutMs`, at the deadline or when the signal aborts, whichever comes first, even
 * if `run` ignores its signal. `spentMs` is the part of `timeoutMs` that earlier attempts used.
 *
 * @throws the signal's reason, {@link DeadlinePassed}, {@link TimedOut}, or what `run` throws
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
    const ends = (signal && waits.get(signal)) ?? [];
    if (signal) waits.set(signal, ends);
    ends.push(end);
    signal?.addEventListener('abort', endWaits);
    const release = () => {
      clearTimeout(timer);
      ends.splice(ends.indexOf(end) >>> 0, 1); // Removes nothing the second time.
      if (!ends.length) signal?.removeEventListener('abort', endWaits);
    };
    run(controller.signal).then(resolve, reject).then(release);
  });
}

/** Returns the wait if it ends before the deadline. @throws A {@link DeadlinePassed} */
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

/** @throws An {@link InvalidRequestError} */
export function checkDuration(field: string, ms: number): number {
  if (typeof ms === 'number' && ms > 0) return ms;
  throw new InvalidRequestError(field, quote(ms), 'a positive number');
}
