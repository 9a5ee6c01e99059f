const LEAST_MS = 1_000;
const MOST_MS = 10_000;

/**
 * Returns how long to wait after a poll, in ms: as long as `Retry-After` says, in seconds or as a date. Without one, or with
 * one that is malformed, the wait doubles from poll to poll, up to 10 s.
 *
 * @param poll The number of the poll, from 0.
 */
export function pollWait(retryAfter: string | null, poll: number): number {
  const until = retryAfter ?? '';
  const ms = /^\d+$/.test(until) ? Number(until) * 1_000 : Date.parse(until) - Date.now();
  return Number.isNaN(ms) ? Math.min(MOST_MS, LEAST_MS * 2 ** poll) : Math.max(LEAST_MS, ms);
}
