const LEAST_MS = 1_000;
const MOST_MS = 10_000;

/**
 * Returns how long to wait after an answer, in ms. Follows its `Retry-After`, in seconds or as a date. If that is
 * missing or malformed, the wait doubles with each answer, up to 10 s.
 *
 * @param n The number of the answer, from 0.
 */
export function pauseAfter(retryAfter: string | null, n: number): number {
  const until = retryAfter ?? '';
  const ms = /^\d+$/.test(until) ? Number(until) * 1_000 : Date.parse(until) - Date.now();
  return Number.isNaN(ms) ? Math.min(MOST_MS, LEAST_MS * 2 ** n) : Math.max(LEAST_MS, ms);
}
