/** How often and how long to wait between attempts. */
export interface RetryPolicy {
  /** Retries after the first attempt. */
  limit: number;
  /** The first back-off, in ms. */
  baseDelayMs: number;
  /** The longest back-off, in ms. A `Retry-After` may be longer. */
  maxDelayMs: number;
}

const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * The wait that a `Retry-After` header asks for, in ms; `undefined` when it is absent or malformed. A date is taken
 * against the answer's own `Date`, so that a wrong clock on this side does not matter.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function parseRetryAfter(headers: Headers): number | undefined {
  const value = headers.get('retry-after')?.trim() ?? '';
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  if (!HTTP_DATE.test(value)) return undefined;
  const answered = Date.parse(headers.get('date') ?? '') || Date.now();
  const wait = Date.parse(value) - answered;
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

/** The wait before retry `n` (from 1), in ms: it doubles each time, and up to half of it is taken off at random. */
export function backOff(
  n: number,
  { baseDelayMs, maxDelayMs }: Pick<RetryPolicy, 'baseDelayMs' | 'maxDelayMs'>,
): number {
  return Math.min(maxDelayMs, baseDelayMs * 2 ** (n - 1)) * (1 - Math.random() / 2);
}

/** Whether an answer may be better next time. */
export function isTransient(status: number): boolean {
  return [429, 500, 502, 503, 504].includes(status);
}
