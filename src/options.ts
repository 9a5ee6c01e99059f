import { checkDuration } from './delay.ts';
import { InvalidRequestError } from './errors.ts';
import { quote } from './redact.ts';
import type { RetryPolicy } from './retry.ts';
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
  /** The longest time for one attempt at a request, and without a byte of a blob, in ms. Default 100,000. */
  timeoutMs?: number | undefined;
  /**
   * After a transient answer (429, 500, 502, 503, 504) or none: at most `limit` retries, default 4. The wait is what
   * `Retry-After` says, else `baseDelayMs` (default 1,000), doubled each time up to `maxDelayMs` (default 30,000), less
   * up to half of it at random.
   */
  retry?: { [K in keyof RetryPolicy]?: RetryPolicy[K] | undefined } | undefined;
}

export interface Settings {
  credential: Credential;
  /** Without a slash at its end. */
  baseUrl: string;
  fetch: typeof fetch;
  timeoutMs: number;
  retry: RetryPolicy;
}

/** @throws {@link InvalidRequestError} */
export function checkClientOptions(options: UnbilledUsageClientOptions): Settings {
  if (typeof options !== 'object' || options === null)
    throw new InvalidRequestError('options', quote(options), 'an object');
  const { credential, apiVersion = 'v1.0', fetch = (...args) => globalThis.fetch(...args) } = options;
  checkCredential(credential);
  if (apiVersion !== 'v1.0' && apiVersion !== 'beta') {
    throw new InvalidRequestError('apiVersion', quote(apiVersion), 'v1.0 or beta');
  }
  if (typeof fetch !== 'function') throw new InvalidRequestError('fetch', quote(fetch), 'a function like fetch');
  const baseUrl = checkBaseUrl(options.baseUrl ?? `https://graph.microsoft.com/${apiVersion}`);
  const timeoutMs = checkDuration('timeoutMs', options.timeoutMs ?? 100_000);
  const retry = options.retry ?? {};
  if (typeof retry !== 'object') throw new InvalidRequestError('retry', quote(retry), 'an object');
  const { limit = 4, baseDelayMs = 1_000, maxDelayMs = 30_000 } = retry;
  if (!Number.isInteger(limit) || limit < 0) throw new InvalidRequestError('retry.limit', quote(limit), '0, 1, 2, …');
  checkDuration('retry.baseDelayMs', baseDelayMs);
  checkDuration('retry.maxDelayMs', maxDelayMs);
  return { credential, baseUrl, fetch, timeoutMs, retry: { limit, baseDelayMs, maxDelayMs } };
}

function checkCredential(credential: Credential): void {
  if (typeof credential === 'function' || typeof (credential as TokenCredential | null)?.getToken === 'function')
    return;
  assertToken(credential);
}

function checkBaseUrl(given: string): string {
  const url = typeof given === 'string' && URL.canParse(given) ? new URL(given) : undefined;
  const plain = url && !url.username && !url.password && !url.search && !url.hash;
  if (plain && ['http:', 'https:'].includes(url.protocol)) return url.href.replace(/\/+$/, '');
  throw new InvalidRequestError('baseUrl', quote(given), 'an http(s) URL without credentials, query and fragment');
}
