import { checkDuration } from './delay.ts';
import { InvalidRequestError } from './errors.ts';
import { quote } from './redact.ts';
import type { Attempt, RetryPolicy, Transfer } from './retry.ts';
import { assertToken, type Credential, type TokenCredential } from './transport.ts';

/** The options of a client. Only `credential` is required. */
export interface UnbilledUsageClientOptions {
  /**
   * A credential of `@azure/identity`, an access token, or a function that returns one, called before each request. The
   * token needs `PartnerBilling.Read.All`, and is only sent to the origin of the base URL.
   */
  credential: Credential;
  /** Default `v1.0`. Microsoft does not support `beta` in production. */
  apiVersion?: 'v1.0' | 'beta' | undefined;
  /** Replaces `https://graph.microsoft.com/{apiVersion}`, for example with a mock or a proxy. */
  baseUrl?: string | undefined;
  /** Replaces the global `fetch`. */
  fetch?: typeof fetch | undefined;
  /**
   * The longest time for one attempt at a request, in ms. Default 100,000. For a blob, it limits the time for each
   * `timeoutMs` bytes, so the minimum speed is 1 kB/s. The time that your loop takes does not count.
   */
  timeoutMs?: number | undefined;
  /**
   * Retries after a transient answer (429, 500, 502, 503, 504) or none: at most `limit` times, default 4. The wait is
   * that of `Retry-After`, up to 15 minutes. Without one, it is `baseDelayMs` (default 1,000), doubles with each retry
   * up to `maxDelayMs` (default 30,000), and is shortened by up to half at random.
   */
  retry?: { [K in keyof RetryPolicy]?: RetryPolicy[K] | undefined } | undefined;
  /**
   * Called and awaited after every request to Microsoft Graph or the storage: for logs, metrics and traces. If it throws
   * or rejects, the call or the loop ends with its error.
   */
  onAttempt?: ((attempt: Attempt) => void) | ((attempt: Attempt) => Promise<void>) | undefined;
}

export interface Settings extends Transfer {
  credential: Credential;
  /** Without a trailing slash. */
  baseUrl: string;
}

/** Returns the options of a call or a client if they are an object. @throws An {@link InvalidRequestError} */
export function checkOptions<T>(options: T, field = 'options'): T {
  if (options && typeof options === 'object') return options;
  throw new InvalidRequestError(field, quote(options), 'an object');
}

/** @throws An {@link InvalidRequestError} */
export function checkClientOptions(options: UnbilledUsageClientOptions): Settings {
  const { credential, apiVersion = 'v1.0', fetch = globalFetch } = checkOptions(options);
  const { getToken } = (credential ?? {}) as Partial<TokenCredential>;
  if (typeof credential !== 'function' && typeof getToken !== 'function') assertToken(credential);
  if (apiVersion !== 'v1.0' && apiVersion !== 'beta') {
    throw new InvalidRequestError('apiVersion', quote(apiVersion), 'v1.0 or beta');
  }
  if (typeof fetch !== 'function') throw new InvalidRequestError('fetch', quote(fetch), 'a function');
  const { limit = 4, baseDelayMs = 1_000, maxDelayMs = 30_000 } = checkOptions(options.retry ?? {}, 'retry');
  if (limit >>> 0 !== limit) throw new InvalidRequestError('retry.limit', quote(limit), 'a whole number');
  return {
    ...options,
    baseUrl: checkBaseUrl(options.baseUrl ?? `https://graph.microsoft.com/${apiVersion}`),
    fetch,
    timeoutMs: checkDuration('timeoutMs', options.timeoutMs ?? 100_000),
    retry: {
      limit,
      baseDelayMs: checkDuration('retry.baseDelayMs', baseDelayMs),
      maxDelayMs: checkDuration('retry.maxDelayMs', maxDelayMs),
    },
  };
}

/** Looks up the global `fetch` at each call, because a program may replace it. */
const globalFetch: typeof fetch = (...args) => globalThis.fetch(...args);

function checkBaseUrl(url: string): string {
  const isPlain = typeof url === 'string' && /^https?:\/\/[^@/?#\\]+(\/[^?#]*)?$/i.test(url);
  if (isPlain && URL.canParse(url)) return new URL(url).href.replace(/\/+$/, '');
  throw new InvalidRequestError('baseUrl', quote(url), 'an http(s) URL without credentials, query or fragment');
}
