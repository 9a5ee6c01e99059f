import { type CheckResult, checkNames, judge, type Selection } from './judge.ts';
import { visit } from './visit.ts';

/** The service to check, what to request from it, and which checks to report. */
export interface CheckServiceOptions extends Selection {
  /** The base URL of the service, with the version: `https://graph.microsoft.com/v1.0`. */
  baseUrl: string;
  /** A bearer token that the service accepts. */
  token: string;
  /** The currency to request. Default `USD`. A partner has data in its billing currency only. */
  currency?: string;
  /** The billing period to request. Default `last`. */
  period?: 'current' | 'last';
  /** The limit for all checks, in ms. Default 3,600,000 (one hour). */
  timeoutMs?: number;
  /** Replaces the global `fetch`. */
  fetch?: typeof fetch;
}

/**
 * Checks a service against the contract. Starts two exports, one for each attribute set, waits for them, reads their
 * blobs, and requests things that do not exist. Returns a result for each check, also for those that `only` or `skip`
 * leaves out. Throws `NoAnswerError` if the service does not answer in time, and a `RangeError` if `only` or `skip`
 * names a check that does not exist.
 *
 * @example
 * const results = await checkService({ baseUrl: 'http://127.0.0.1:8080/v1.0', token: 'any' });
 * console.log(results.filter(({ outcome }) => outcome === 'failed'));
 */
export async function checkService(options: CheckServiceOptions): Promise<CheckResult[]> {
  const { baseUrl, token, currency = 'USD', period = 'last', timeoutMs = 3_600_000, fetch, ...selection } = options;
  for (const name of [...(selection.only ?? []), ...(selection.skip ?? [])]) {
    if (!checkNames.includes(name)) throw new RangeError(`There is no check "${name}".`);
  }
  const request = { currencyCode: currency, billingPeriod: period };
  const target = { baseUrl: baseUrl.replace(/\/+$/, ''), token, request, timeoutMs, ...(fetch && { fetch }) };
  const result = await visit(target);
  if (result.interruption) throw result.interruption;
  return judge(result, selection);
}
