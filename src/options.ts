import { checkDuration } from './delay.ts';
import { InvalidRequestError } from './errors.ts';
import { quote } from './redact.ts';
import type { Attempt, RetryPolicy, Transfer } from './retry.ts';
import { assertToken, type Credential, type TokenCredential } from './transport.ts';

/** What a client is made of. All but `credential` has a default. */
export interface UnbilledUsageClientOptions {
  /**
   * Who asks: any `@azure/identity` credential, an access token, or a function that returns one. It needs
   * `PartnerBilling.Read.All` and is asked before each request. The token goes to the origin of the base URL only.
   */
  credential: Credential;
  /** Default `v1.0`. Microsoft does not support `beta` in production. */
  apiVersion?: 'v1.0' | 'beta' | undefined;
  /** Instead of `https://graph.microsoft.com/{apiVersion}`: a mock or a proxy. */
  baseUrl?: string | undefined;
  /** Instead of the global `fetch`. */
  fetch?: typeof fetch | undefined;
  /**
   * The longest time for one attempt at a request, in ms. Default 100,000. A blob must bring at least 1 kB/s over this
   * time: of a blob, each `timeoutMs` bytes may take `timeoutMs` to arrive, besides the time that your loop takes.
   */
  timeoutMs?: number | undefined;
  /**
   * After a transient answer (429, 500, 502, 503, 504) or none: at most `limit` retries, default 4. The wait is what
   * `Retry-After` says, up to 15 minutes, else `baseDelayMs` (default 1,000), doubled each time up to `maxDelayMs`
   * (default 30,000), less up to half of it at random.
   */
  retry?: { [K in keyof RetryPolicy]?: RetryPolicy[K] | undefined } | undefined;
  /** Called, and waited for, after every request to Microsoft Graph or to the storage: for logs, metrics and traces. */
  onAttempt?: ((attempt: Attempt) => void) | undefined;
}

export interface Settings extends Transfer {
  credential: Credential;
  /** Without a slash at its end. */
  baseUrl: string;
}

/** Returns the options of a call or a client if they are an object. @throws {@link InvalidRequestError} */
export function checkOptions<T>(options: T, field = 'options'): T {
  if (options && typeof options === 'object') return options;
  throw new InvalidRequestError(field, quote(options), 'an object');
}

/** @throws {@link InvalidRequestError} */
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

/** Looks the global one up at each call, since it may be replaced. */
const globalFetch: typeof fetch = (...args) => globalThis.fetch(...args);

function checkBaseUrl(given: string): string {
  const isPlain = typeof given === 'string' && /^https?:\/\/[^@/?#\\]+(\/[^?#]*)?$/i.test(given);
  if (isPlain && URL.canParse(given)) return new URL(given).href.replace(/\/+$/, '');
  throw new InvalidRequestError('baseUrl', quote(given), 'an http(s) URL without credentials, query and fragment');
}
