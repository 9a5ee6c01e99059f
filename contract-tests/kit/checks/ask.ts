import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { ExportRequest } from '../document/manifest.ts';
import { parseJson } from '../document/parse-json.ts';
import type { Exchange } from './exchange.ts';
import { NoAnswerError } from './no-answer-error.ts';
import { pauseAfter } from './pause-after.ts';

/** The service to visit. */
export interface Target {
  /** With the version: `https://graph.microsoft.com/v1.0`. */
  baseUrl: string;
  token: string;
  request: ExportRequest;
  /** In ms, for the whole visit. */
  timeoutMs: number;
  /** Default: the global one. */
  fetch?: typeof fetch;
  /** Waits, in ms. */
  delay?: (ms: number) => Promise<unknown>;
  /** Called when the export makes progress. */
  onProgress?: (text: string) => void;
}

/** The time limit of a visit. */
export interface Clock {
  /** Aborts at the timeout. */
  signal: AbortSignal;
  /** Waits, in ms. Resolves with `false` immediately if the timeout would pass during the wait. */
  pause: (ms: number) => Promise<boolean>;
}

export function startClock({ timeoutMs, delay = wait }: Target): Clock {
  const start = performance.now();
  let waitMs = 0;
  return {
    signal: AbortSignal.timeout(timeoutMs),
    async pause(ms) {
      // Counts a `delay` that does not really wait, too. Otherwise, a test of an endless operation would not end.
      if (Math.max(waitMs, performance.now() - start) + ms > timeoutMs) return false;
      await delay(ms);
      waitMs += ms;
      return true;
    },
  };
}

/** The longest wait for the headers of an answer, in ms. */
const ANSWER_MS = 100_000;

/** The part of an exchange that exists before its answer. */
type Request = Omit<Exchange, 'status' | 'headers' | 'text' | 'json'>;

/**
 * Sends a request with `fetch`, and returns the exchange. `read` reads the body, and returns the text to report. Throws
 * `NoAnswerError` if there is no answer.
 */
export async function send(
  request: Request,
  clock: Clock,
  fetch: (signal: AbortSignal) => Promise<Response>,
  read: (response: Response) => Promise<string> = (response) => response.text(),
): Promise<Exchange> {
  // The headers must not take long. A body may.
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new Error(`nothing within ${ANSWER_MS / 1_000} s`)), ANSWER_MS);
  try {
    const response = await fetch(AbortSignal.any([clock.signal, limit.signal])).finally(() => clearTimeout(timer));
    const text = await read(response);
    return { ...request, status: response.status, headers: response.headers, text };
  } catch (error) {
    throw NoAnswerError.to(`${request.method} ${request.url}`, error, clock.signal);
  }
}

/** Returns whether a gateway or a busy service answers with a status, after which a client retries. */
export const isTransient = (status: number): boolean => [429, 500, 502, 503, 504].includes(status);

const RETRIES = 4;

/**
 * Sends a request until its answer is not transient, five times at most. Calls `onAnswer` for each answer. Throws
 * `NoAnswerError` if the timeout passes before that.
 */
export async function withRetries(
  once: () => Promise<Exchange>,
  clock: Clock,
  onAnswer: (exchange: Exchange) => void = () => {},
): Promise<Exchange> {
  for (let retry = 0; ; retry++) {
    const exchange = await once();
    onAnswer(exchange);
    const { method, url, status, headers } = exchange;
    if (retry === RETRIES || !isTransient(status)) return exchange;
    if (await clock.pause(pauseAfter(headers.get('retry-after'), retry))) continue;
    throw new NoAnswerError(`${method} ${url} still answered ${status} when the timeout passed.`);
  }
}

/** Sends a request to the service. With `token: undefined`, it goes without a token. */
export type Ask = (method: string, path: string, changes?: { body?: object; token?: undefined }) => Promise<Exchange>;

/**
 * Returns a function that sends requests to a service and adds every exchange to a list. It throws `NoAnswerError` if
 * there is no answer.
 */
export function askerOf(target: Target, clock: Clock, exchanges: Exchange[]): Ask {
  const { baseUrl, token, fetch = globalThis.fetch } = target;
  return (method, path, changes = {}) => {
    const url = baseUrl + path;
    const hasToken = !('token' in changes);
    const body = changes.body && JSON.stringify(changes.body);
    const once = async (): Promise<Exchange> => {
      const requestHeaders = {
        'client-request-id': randomUUID(),
        ...(body && { 'content-type': 'application/json' }),
      };
      const headers = { ...requestHeaders, ...(hasToken && { authorization: `Bearer ${token}` }) };
      const request = { method, url, requestHeaders, ...(body && { requestBody: body }), hasToken };
      const init = { method, headers, body: body ?? null, redirect: 'manual' } as const;
      const exchange = await send(request, clock, (signal) => fetch(url, { ...init, signal }));
      return { ...exchange, json: parseJson(exchange.text) };
    };
    return withRetries(once, clock, (exchange) => exchanges.push(exchange));
  };
}
