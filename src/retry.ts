/** How often and how long to wait between attempts. */
export interface RetryPolicy {
  /** Retries after the first attempt. */
  limit: number;
  /** The first back-off, in ms. */
  baseDelayMs: number;
  /** The longest back-off, in ms. A `Retry-After` may be longer. */
  maxDelayMs: number;
}

/** The form that is sent, and the two obsolete ones that are still to be understood. */
const HTTP_DATE =
  /^\w{3}, \d{2} \w{3} \d{4} [\d:]{8} GMT$|^\w{6,9}, \d{2}-\w{3}-\d{2} [\d:]{8} GMT$|^\w{3} \w{3} [ \d]\d [\d:]{8} \d{4}$/;

/**
 * The wait that a `Retry-After` header asks for, in ms; `undefined` when it is absent or malformed. A date is taken
 * against the answer's own `Date`, so that a wrong clock on this side does not matter.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function parseRetryAfter(headers: Headers): number | undefined {
  const value = headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,10}$/.test(value)) return Number(value) * 1000;
  const until = parseHttpDate(value);
  return until === undefined
    ? undefined
    : Math.max(0, until - (parseHttpDate(headers.get('date') ?? '') ?? Date.now()));
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7 */
function parseHttpDate(text: string): number | undefined {
  const time = HTTP_DATE.test(text) ? Date.parse(text.endsWith('GMT') ? text : `${text} GMT`) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
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
