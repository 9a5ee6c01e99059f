const LEAST_MS = 1_000;
const MOST_MS = 10_000;

/**
 * Returns how long to wait after an answer, in ms: as long as its `Retry-After` says, in seconds or as a date. Without one,
 * or with one that is malformed, the wait doubles from answer to answer, up to 10 s.
 *
 * @param n The number of the answer, from 0.
 */
export function pauseAfter(retryAfter: string | null, n: number): number {
  const until = retryAfter ?? '';
  const ms = /^\d+$/.test(until) ? Number(until) * 1_000 : Date.parse(until) - Date.now();
  return Number.isNaN(ms) ? Math.min(MOST_MS, LEAST_MS * 2 ** n) : Math.max(LEAST_MS, ms);
}
