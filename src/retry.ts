import { redact } from './redact.ts';

/** How often and how long to wait between attempts. */
export interface RetryPolicy {
  /** Retries after the first attempt. */
  limit: number;
  /** The first back-off, in ms. */
  baseDelayMs: number;
  /** The longest back-off, in ms. A `Retry-After` may ask for more, up to 15 minutes. */
  maxDelayMs: number;
}

/** One request and what became of it. Holds no token and no SAS. */
export interface Attempt {
  method: string;
  /** Without a query. */
  url: string;
  /** Counts from 1 for each call of the API, and for each blob. */
  attempt: number;
  /** From the request to the end of the answer's body, in ms. For a blob this includes the time that your loop takes. */
  durationMs: number;
  /** The HTTP status. Absent if no answer came. */
  status?: number | undefined;
  /** Why the attempt failed. */
  error?: unknown;
  /** Our id of the request. The storage gets none. */
  clientRequestId?: string | undefined;
  /** The service's id of the request. */
  requestId?: string | undefined;
  /** The wait before the next attempt, in ms. Absent if none follows. */
  retryInMs?: number | undefined;
}

/** What is known of an attempt while it lasts. */
export type Report = Omit<Attempt, 'durationMs'>;

/** How to make requests, whether to Microsoft Graph or to the storage. */
export interface Transfer {
  fetch: typeof globalThis.fetch;
  timeoutMs: number;
  retry: RetryPolicy;
  onAttempt?: ((attempt: Attempt) => void) | undefined;
}

/** The longest wait that the service can ask for, in ms: 15 minutes. */
const LONGEST_RETRY_AFTER = 900_000;

/** The form that is sent, and the two obsolete ones that are still to be understood. */
const HTTP_DATE = /^(\w{3,9}, \d\d[ -]\w{3}[ -]\d{2,4} [\d:]{8} GMT|\w{3} \w{3} [ \d]\d [\d:]{8} \d{4})$/;

/**
 * The wait that a `Retry-After` header asks for, in ms; `undefined` when it is absent or malformed. A date is taken
 * against the answer's own `Date`, so that a wrong clock on this side does not matter.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function parseRetryAfter(headers: Headers): number | undefined {
  const value = headers.get('retry-after') ?? '';
  if (/^\d{1,10}$/.test(value)) return Number(value) * 1000;
  const until = parseHttpDate(value);
  return until ? Math.max(0, until - (parseHttpDate(headers.get('date') ?? '') || Date.now())) : undefined;
}

/** In ms since the epoch, or `NaN`. @see https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7 */
function parseHttpDate(text: string): number {
  return HTTP_DATE.test(text) ? Date.parse(`${text.replace(' GMT', '')} GMT`) : NaN;
}

/**
 * Returns the wait before retry `n` (from 1), in ms: what the service asks for, up to 15 minutes. Otherwise the wait
 * doubles each time, less up to half of it at random.
 */
export function backOff(
  n: number,
  { baseDelayMs, maxDelayMs }: Pick<RetryPolicy, 'baseDelayMs' | 'maxDelayMs'>,
  retryAfterMs?: number,
): number {
  if (retryAfterMs !== undefined) return Math.min(retryAfterMs, LONGEST_RETRY_AFTER);
  return Math.min(maxDelayMs, baseDelayMs * 2 ** (n - 1)) * (1 - Math.random() / 2);
}

/** Whether the next answer may be better. No answer at all has no status. */
export function isTransient(status: number | undefined): boolean {
  return [undefined, 429, 500, 502, 503, 504].includes(status);
}

/** Completes the report of an attempt that has ended, and hands it out. */
export async function tell(
  onAttempt: Transfer['onAttempt'],
  report: Report,
  began: number,
  response: Response | undefined,
): Promise<void> {
  const { status, headers } = response ?? {};
  const requestId = headers?.get('request-id') ?? headers?.get('x-ms-request-id');
  await onAttempt?.({
    ...report,
    durationMs: performance.now() - began,
    status,
    requestId: requestId ? redact(requestId) : undefined,
  });
}
