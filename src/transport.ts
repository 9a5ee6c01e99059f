import type { GraphError } from '../generated/index.ts';
import { readText } from './body.ts';
import { attempt, type Bounds, DeadlinePassed, delay, TimedOut, withinDeadline } from './delay.ts';
import { GraphRequestError, InvalidRequestError, NetworkError } from './errors.ts';
import { conceal, excerpt, quote } from './redact.ts';
import { backOff, isTransient, parseRetryAfter, type Report, type Transfer, tell } from './retry.ts';

/**
 * The part of the interface in `@azure/core-auth` that the library uses. Every credential of `@azure/identity` has it.
 */
export interface TokenCredential {
  /**
   * Resolves with an access token for the scopes, or with `null` if there is none. `claims` is the JSON of a claims
   * challenge.
   */
  getToken(scopes: string | string[], options?: GetTokenOptions): Promise<{ token: string } | null>;
}

interface GetTokenOptions {
  abortSignal?: AbortSignal;
  claims?: string;
}

/**
 * A credential, an access token, or a function that returns an access token. The library calls it before each request.
 */
export type Credential = TokenCredential | string | (() => string | Promise<string>);

/** A request of a generated function: a path with names in braces, and their values. */
export interface Call {
  url: string;
  path?: Record<string, string>;
  body?: unknown;
  headers?: Record<string, string>;
}

/** A successful answer with its whole body. */
export interface Answer {
  /** The URL of the request. */
  url: string;
  headers: Headers;
  /** Truncated after 64 MiB. */
  text: string;
}

/** Sends a request to Microsoft Graph, within its bounds. */
export type Transport = (method: string, call: Call, bounds: Bounds) => Promise<Answer>;

const SCOPE = 'https://graph.microsoft.com/.default';
/** @see https://learn.microsoft.com/entra/identity-platform/claims-challenge */
const CHALLENGE = /(?=.*"insufficient_claims").*\bclaims="([^"]+)"/;
/** The largest answer, in bytes: 64 MiB. */
const LARGEST_ANSWER = 2 ** 26;
/** The part of an error's body that is read, in bytes: 64 KiB. */
const LARGEST_ERROR = 2 ** 16;

/**
 * Returns a function that sends requests. Each attempt gets a token and a `client-request-id` of its own. Redirects are
 * not followed, because the token would go with them. A transient answer, or none, leads to a retry. That includes the
 * POST of an export: a second export does no harm, and only a second request can replace a lost `Location`. After a
 * 401, a credential that can return another token is asked once more, with the claims that the service wants.
 *
 * @throws A {@link GraphRequestError}, {@link NetworkError}, or what the credential throws
 * @see https://learn.microsoft.com/graph/best-practices-concept
 */
export function createTransport(
  baseUrl: string,
  credential: Credential,
  { fetch, timeoutMs, retry, onAttempt }: Transfer,
): Transport {
  return async (method, call, bounds) => {
    let url = baseUrl + call.url;
    for (const name in call.path) url = url.replace(`{${name}}`, encodeURIComponent(call.path[name] ?? ''));
    const body = JSON.stringify(call.body) ?? null;
    const request = () => `${method} ${new URL(url).pathname}`;
    let mayRenew = typeof credential !== 'string';
    let claims: { claims: string } | undefined;
    let retries = 0;
    for (let n = 1; ; n++) {
      const clientRequestId = crypto.randomUUID();
      const report: Report = { method, url, attempt: n, clientRequestId };
      let began: number | undefined;
      let response: Response | undefined;
      let failure: GraphRequestError | NetworkError;
      try {
        const token =
          typeof credential === 'string'
            ? credential
            : await attempt((abortSignal) => getToken(credential, { ...claims, abortSignal }), timeoutMs, bounds);
        conceal(token);
        const headers = {
          ...call.headers,
          authorization: `Bearer ${token}`,
          'client-request-id': clientRequestId,
        };
        began = performance.now();
        const ask = async (signal: AbortSignal) => {
          response = await fetch(url, { method, headers, body, redirect: 'manual', signal });
          const text = await readText(response, response.ok ? LARGEST_ANSWER : LARGEST_ERROR);
          if (response.ok) return { url, headers: response.headers, text };
          try {
            const [, encoded] = CHALLENGE.exec(response.headers.get('www-authenticate') ?? '') ?? [];
            if (encoded) claims ??= { claims: atob(encoded) };
          } catch {
            // The claims are not base64, so this is an ordinary 401.
          }
          throw toError(request(), clientRequestId, response, text);
        };
        return await attempt(ask, timeoutMs, bounds);
      } catch (error) {
        report.error = error;
        if (error instanceof GraphRequestError) failure = error;
        else if (bounds.signal?.aborted || (began === undefined && !(error instanceof TimedOut))) throw error;
        else failure = new NetworkError((began === undefined ? 'The credential for ' : '') + request(), n, error);
        report.error = failure;
        if (error instanceof DeadlinePassed) throw new DeadlinePassed(failure);
        const { status, retryAfterMs } = failure as Partial<GraphRequestError>;
        if (mayRenew && status === 401) {
          mayRenew = false;
          report.retryInMs = 0;
        } else if (retries < retry.limit && isTransient(status)) {
          report.retryInMs = withinDeadline(backOff(++retries, retry, retryAfterMs), bounds, failure);
        } else throw failure;
      } finally {
        if (began !== undefined) await tell(onAttempt, report, began, response);
      }
      await delay(report.retryInMs, bounds);
    }
  };
}

async function getToken(credential: Exclude<Credential, string>, options: GetTokenOptions): Promise<string> {
  const token =
    typeof credential === 'function' ? await credential() : (await credential.getToken(SCOPE, options))?.token;
  assertToken(token);
  return token;
}

/** `Headers` throws an error that quotes the token if it contains any other character. */
export function assertToken(token: unknown): asserts token is string {
  if (typeof token === 'string' && /^[!-~]+$/.test(token)) return;
  throw new InvalidRequestError(
    'credential',
    token && typeof token === 'string' ? 'this text' : quote(token),
    'a token without `Bearer`, a function that returns one, or a TokenCredential',
  );
}

/**
 * Reads both spellings of `innerError` in the body. An ID in a header takes precedence.
 *
 * @see https://learn.microsoft.com/graph/errors
 */
function toError(
  request: string,
  clientRequestId: string,
  { status, headers }: Response,
  text: string,
): GraphRequestError {
  let error: Partial<GraphError['error']> | undefined;
  try {
    error = JSON.parse(text)?.error;
  } catch {
    // The body is a proxy's page, or empty. The message quotes it.
  }
  const inner = error?.innerError ?? error?.innererror;
  const bounded = (value: unknown) => (typeof value === 'string' ? excerpt(value) : undefined);
  return new GraphRequestError(request, bounded(error?.message) ?? excerpt(text), {
    status,
    clientRequestId,
    graphCode: bounded(error?.code),
    requestId: bounded(headers.get('request-id') ?? inner?.['request-id']),
    date: bounded(headers.get('date') ?? inner?.date),
    retryAfterMs: parseRetryAfter(headers),
  });
}
