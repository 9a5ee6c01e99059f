import { redact } from './redact.ts';

/** How often to retry, and how long to wait before each retry. */
export interface RetryPolicy {
  /** The number of retries after the first attempt. */
  limit: number;
  /** The first back-off, in ms. */
  baseDelayMs: number;
  /** The longest back-off, in ms. A `Retry-After` may ask for more, up to 15 minutes. */
  maxDelayMs: number;
}

/** One request and its result. Contains neither a token nor a SAS. */
export interface Attempt {
  /** `GET` or `POST`. */
  method: string;
  /** Without a query. */
  url: string;
  /** Counts from 1 for each call of the API, and for each blob. */
  attempt: number;
  /**
   * From the request to the end of the answer's body, in ms. For a blob, this includes the time that your loop takes.
   */
  durationMs: number;
  /** The HTTP status. Absent if no answer came. */
  status?: number | undefined;
  /** Why the attempt failed. */
  error?: unknown;
  /** The ID that the library gave the request. The storage gets none. */
  clientRequestId?: string | undefined;
  /** The ID that the service gave the request. */
  requestId?: string | undefined;
  /** The wait before the next attempt, in ms. Absent if there is none. */
  retryInMs?: number | undefined;
}

/** An attempt that has not ended. */
export type Report = Omit<Attempt, 'durationMs'>;

/** How to send requests, to Microsoft Graph or to the storage. */
export interface Transfer {
  fetch: typeof globalThis.fetch;
  timeoutMs: number;
  retry: RetryPolicy;
  onAttempt?: ((attempt: Attempt) => void) | ((attempt: Attempt) => Promise<void>) | undefined;
}

/** The longest wait that the service can ask for, in ms: 15 minutes. */
const LONGEST_RETRY_AFTER = 900_000;

/** The current date format, and the two obsolete ones that a recipient must accept. */
const HTTP_DATE = /^(\w{3,9}, \d\d[ -]\w{3}[ -]\d{2,4} [\d:]{8} GMT|\w{3} \w{3} [ \d]\d [\d:]{8} \d{4})$/;

/**
 * Returns the wait that a `Retry-After` header asks for, in ms, or `undefined` if it is absent or malformed. A date is
 * compared with the `Date` of the answer, so that a wrong clock on this side does not matter.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function parseRetryAfter(headers: Headers): number | undefined {
  const value = headers.get('retry-after') ?? '';
  if (/^\d{1,10}$/.test(value)) return Number(value) * 1000;
  const until = parseHttpDate(value);
  return until ? Math.max(0, until - (parseHttpDate(headers.get('date') ?? '') || Date.now())) : undefined;
}

/** Returns ms since the epoch, or `NaN`. @see https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7 */
function parseHttpDate(text: string): number {
  return HTTP_DATE.test(text) ? Date.parse(`${text.replace(' GMT', '')} GMT`) : NaN;
}

/**
 * Returns the wait before retry `n` (from 1), in ms: what the service asks for, up to 15 minutes. Otherwise, the wait
 * doubles with each retry, and is shortened by up to half at random.
 */
export function backOff(
  n: number,
  { baseDelayMs, maxDelayMs }: Pick<RetryPolicy, 'baseDelayMs' | 'maxDelayMs'>,
  retryAfterMs?: number,
): number {
  if (retryAfterMs !== undefined) return Math.min(retryAfterMs, LONGEST_RETRY_AFTER);
  return Math.min(maxDelayMs, baseDelayMs * 2 ** (n - 1)) * (1 - Math.random() / 2);
}

/** Returns whether a retry can help. The status is `undefined` if no answer came. */
export function isTransient(status: number | undefined): boolean {
  return [undefined, 429, 500, 502, 503, 504].includes(status);
}

/** Completes the report of an attempt that has ended, and passes it to `onAttempt`. */
export async function tell(
  onAttempt: Transfer['onAttempt'],
  report: Report,
  began: number,
  response: Response | undefined,
): Promise<void> {
  const { status, headers } = response ?? {};
  await onAttempt?.({
    ...report,
    durationMs: performance.now() - began,
    status,
    requestId: redact(headers?.get('request-id') ?? headers?.get('x-ms-request-id') ?? '') || undefined,
  });
}
