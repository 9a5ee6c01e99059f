import { randomUUID } from 'node:crypto';
import type { ExportRequest } from '../document/manifest.ts';
import { NoAnswerError } from './no-answer-error.ts';

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
  /** Waits between two polls, in ms. */
  delay?: (ms: number) => Promise<unknown>;
}

export interface Exchange {
  method: string;
  path: string;
  clientRequestId: string;
  status: number;
  headers: Headers;
  text: string;
  /** The body, if it is JSON. */
  json?: unknown;
}

/** Sends a request to the service. With `token: undefined`, it goes without a token. */
export type Ask = (method: string, path: string, changes?: { body?: object; token?: undefined }) => Promise<Exchange>;

/** Returns a function that sends requests to a service, until the signal aborts. Throws `NoAnswerError` where there is no answer. */
export function askerOf({ baseUrl, token, fetch = globalThis.fetch }: Target, signal: AbortSignal): Ask {
  return async (method, path, changes = {}) => {
    const clientRequestId = randomUUID();
    const { body } = changes;
    const headers = {
      'client-request-id': clientRequestId,
      ...(!('token' in changes) && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
    };
    try {
      const init = { method, headers, body: body ? JSON.stringify(body) : null, redirect: 'manual', signal } as const;
      const response = await fetch(baseUrl + path, init);
      const text = await response.text();
      const { status, headers: received } = response;
      return { method, path, clientRequestId, status, headers: received, text, ...jsonOf(text) };
    } catch (error) {
      throw new NoAnswerError(`${method} ${baseUrl}${path}`, error, signal);
    }
  };
}

function jsonOf(text: string): { json?: unknown } {
  try {
    return { json: JSON.parse(text) };
  } catch {
    return {};
  }
}
