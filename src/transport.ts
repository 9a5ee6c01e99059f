import type { GraphError } from '../generated/index.ts';
import { attempt, type Bounds, DeadlinePassed, delay, TimedOut } from './delay.ts';
import { GraphRequestError, InvalidRequestError, NetworkError } from './errors.ts';
import { excerpt } from './redact.ts';
import { backOff, isTransient, parseRetryAfter, type RetryPolicy } from './retry.ts';

/** The part of `@azure/core-auth`'s interface that is needed here, so that every `@azure/identity` credential fits. */
export interface TokenCredential {
  /** Resolves with an access token for the scopes, or `null` when there is none. */
  getToken(scopes: string | string[], options?: { abortSignal?: AbortSignal }): Promise<{ token: string } | null>;
}

/** A credential, an access token, or a function that is asked for an access token before each request. */
export type Credential = TokenCredential | string | (() => string | Promise<string>);

/** A request as the generated functions state it: a path with names in braces, and what belongs there. */
export interface Call {
  url: string;
  path?: Record<string, string>;
  body?: unknown;
  headers?: Record<string, string>;
}

/** A success whose body has arrived. */
export interface Answer {
  /** What was asked. */
  url: string;
  headers: Headers;
  text: string;
}

/** Sends a request to Microsoft Graph, within bounds. */
export type Transport = (method: string, call: Call, bounds: Bounds) => Promise<Answer>;

const SCOPE = 'https://graph.microsoft.com/.default';

/**
 * Every attempt asks for the token anew and has a `client-request-id` of its own. Redirects are not followed, as the token
 * would go along. A transient answer, or none, is asked for again – the export's POST too: it changes nothing but to start
 * an export that nobody has to read, and asking again is the only way to a `Location` that got lost. A 401 is asked for
 * once more when the credential can give another token.
 *
 * @throws {@link GraphRequestError}, {@link NetworkError}, or what the credential throws
 * @see https://learn.microsoft.com/graph/best-practices-concept
 */
export function createTransport(
  baseUrl: string,
  credential: Credential,
  fetch: typeof globalThis.fetch,
  timeoutMs: number,
  retry: RetryPolicy,
): Transport {
  return async (method, call, bounds) => {
    const url = baseUrl + call.url.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(call.path?.[name] ?? ''));
    const body = call.body === undefined ? null : JSON.stringify(call.body);
    const asked = () => `${method} ${new URL(url).pathname}`;

    const send = async (attempts: number): Promise<Answer | GraphRequestError | NetworkError> => {
      let token: string;
      try {
        token =
          typeof credential === 'string'
            ? credential
            : await attempt((signal) => getToken(credential, signal), timeoutMs, bounds);
      } catch (error) {
        if (!(error instanceof TimedOut)) throw error;
        return new NetworkError(`The credential, asked for ${asked()},`, attempts, error);
      }
      const clientRequestId = crypto.randomUUID();
      const headers = { ...call.headers, authorization: `Bearer ${token}`, 'client-request-id': clientRequestId };
      try {
        return await attempt(
          async (signal) => {
            const response = await fetch(url, { method, headers, body, redirect: 'manual', signal });
            const text = await response.text();
            if (response.ok) return { url, headers: response.headers, text };
            return toError(asked(), clientRequestId, response, text.replaceAll(token, '[redacted]'));
          },
          timeoutMs,
          bounds,
        );
      } catch (error) {
        if (bounds.signal?.aborted) throw error;
        const failure = new NetworkError(asked(), attempts, error);
        if (error instanceof DeadlinePassed) throw new DeadlinePassed(undefined, { cause: failure });
        return failure;
      }
    };

    let mayRenew = typeof credential !== 'string';
    let retries = 0;
    for (let attempts = 1; ; attempts++) {
      const outcome = await send(attempts);
      if (!(outcome instanceof Error)) return outcome;
      const status = outcome instanceof GraphRequestError ? outcome.status : undefined;
      if (status === 401 && mayRenew) {
        mayRenew = false;
        continue;
      }
      if (retries === retry.limit || (status !== undefined && !isTransient(status))) throw outcome;
      retries++;
      const retryAfterMs = outcome instanceof GraphRequestError ? outcome.retryAfterMs : undefined;
      await delay(retryAfterMs ?? backOff(retries, retry), bounds, outcome);
    }
  };
}

async function getToken(credential: Exclude<Credential, string>, abortSignal: AbortSignal): Promise<string> {
  const token =
    typeof credential === 'function' ? await credential() : (await credential.getToken(SCOPE, { abortSignal }))?.token;
  assertToken(token);
  return token;
}

/** A token with any other character would be quoted by the error that `Headers` throws. */
export function assertToken(token: unknown): asserts token is string {
  if (typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) return;
  const given =
    token === '' ? 'empty' : typeof token === 'string' ? 'not a token' : `${token === null ? null : typeof token}`;
  throw new InvalidRequestError(
    'credential',
    given,
    'an access token (visible ASCII characters, without `Bearer`), a function that returns one, or a TokenCredential',
  );
}

/**
 * Of the body, both spellings of `innerError` are taken; of the ids, those of the headers first.
 *
 * @see https://learn.microsoft.com/graph/errors
 */
function toError(
  asked: string,
  clientRequestId: string,
  { status, headers }: Response,
  text: string,
): GraphRequestError {
  let error: Partial<GraphError['error']> | undefined;
  try {
    error = JSON.parse(text)?.error;
  } catch {
    // A proxy's page, or nothing: the text is quoted as it is.
  }
  const inner = error?.innerError ?? error?.innererror;
  const bounded = (value: unknown) => (typeof value === 'string' ? excerpt(value) : undefined);
  return new GraphRequestError(asked, bounded(error?.message) ?? excerpt(text), {
    status,
    clientRequestId,
    graphCode: bounded(error?.code),
    requestId: bounded(headers.get('request-id') ?? inner?.['request-id']),
    date: bounded(headers.get('date') ?? inner?.date),
    retryAfterMs: parseRetryAfter(headers),
  });
}
