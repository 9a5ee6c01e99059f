import { randomUUID } from 'node:crypto';
import type { Manifest, UnbilledUsageExportRequest } from '../../../src/index.ts';
import { type BlobVisit, visitBlob } from './visit-blob.ts';

/** Who is visited. */
export interface Target {
  /** With the version: `https://graph.microsoft.com/v1.0`. */
  baseUrl: string;
  token: string;
  request: UnbilledUsageExportRequest;
  fetch: typeof fetch;
  /** Waits between two polls, in ms. */
  delay: (ms: number) => Promise<unknown>;
  /** After so many polls the operation counts as one that does not end. */
  maxPolls: number;
}

export interface Exchange {
  method: string;
  path: string;
  clientRequestId: string;
  status: number;
  headers: Headers;
  text: string;
  /** The body, where it is JSON. */
  json?: unknown;
}

/** Everything that was asked and answered, from the export to a blob, and what was asked wrongly on purpose. */
export interface Visit {
  exported: Exchange;
  /** Of the `Location`. */
  operationId: string | undefined;
  /** Until the operation has ended. */
  polls: Exchange[];
  /** The operation once more, after its end. */
  pollAfterwards: Exchange | undefined;
  /** Asked for when the operation links to it. */
  linkedManifest: Exchange | undefined;
  manifest: Partial<Manifest> | undefined;
  manifestAfterwards: Partial<Manifest> | undefined;
  blob: BlobVisit | undefined;
  refusals: Record<Refusal, Exchange>;
}

export type Refusal =
  | 'exportWithoutToken'
  | 'operationWithoutToken'
  | 'unknownPeriod'
  | 'missingCurrency'
  | 'unknownOperation'
  | 'unknownManifest';

const EXPORT = '/reports/partners/billing/usage/unbilled/export';
const OPERATIONS = '/reports/partners/billing/operations/';
const MANIFESTS = '/reports/partners/billing/manifests/';

/** Plays the whole story once, as plain HTTP. Safe on the real service: it starts one export, reads it and asks for things that are not there. */
export async function visit(target: Target): Promise<Visit> {
  const { request, delay, maxPolls } = target;
  const exported = await ask(target, 'POST', EXPORT, { body: request });
  const operationId = /\/operations\/([^/?#]+)/.exec(exported.headers.get('location') ?? '')?.[1];

  const polls: Exchange[] = [];
  while (exported.status === 202 && operationId && polls.length < maxPolls) {
    const poll = await ask(target, 'GET', OPERATIONS + operationId);
    polls.push(poll);
    if (poll.status !== 200 || !isRunning(poll.json)) break;
    await delay(Math.max(1, Number(poll.headers.get('retry-after')) || 10) * 1_000);
  }
  const last = polls.at(-1);
  const ended = last && last.status === 200 && !isRunning(last.json);
  const pollAfterwards = ended ? await ask(target, 'GET', OPERATIONS + operationId) : undefined;

  const { linked: linkedManifest, manifest } = await manifestOf(target, ended ? last : undefined);
  const { manifest: manifestAfterwards } = await manifestOf(target, pollAfterwards);

  const nobody = randomUUID();
  return {
    exported,
    operationId,
    polls,
    pollAfterwards,
    linkedManifest,
    manifest,
    manifestAfterwards,
    blob: manifest && (await visitBlob(manifest, target.fetch)),
    refusals: {
      exportWithoutToken: await ask(target, 'POST', EXPORT, { body: request, token: undefined }),
      operationWithoutToken: await ask(target, 'GET', OPERATIONS + (operationId ?? nobody), { token: undefined }),
      unknownPeriod: await ask(target, 'POST', EXPORT, { body: { ...request, billingPeriod: 'next' } }),
      missingCurrency: await ask(target, 'POST', EXPORT, { body: { ...request, currencyCode: undefined } }),
      unknownOperation: await ask(target, 'GET', OPERATIONS + nobody),
      unknownManifest: await ask(target, 'GET', MANIFESTS + nobody),
    },
  };
}

async function ask(
  { baseUrl, token, fetch }: Target,
  method: string,
  path: string,
  changes: { body?: object; token?: undefined } = {},
): Promise<Exchange> {
  const clientRequestId = randomUUID();
  const { body } = changes;
  const response = await fetch(baseUrl + path, {
    method,
    headers: {
      'client-request-id': clientRequestId,
      ...(!('token' in changes) && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
    },
    body: body ? JSON.stringify(body) : null,
    redirect: 'manual',
  });
  const exchange = {
    method,
    path,
    clientRequestId,
    status: response.status,
    headers: response.headers,
    text: await response.text(),
  };
  try {
    return { ...exchange, json: JSON.parse(exchange.text) };
  } catch {
    return exchange;
  }
}

async function manifestOf(
  target: Target,
  poll: Exchange | undefined,
): Promise<{ linked?: Exchange; manifest?: Partial<Manifest> }> {
  const operation = poll?.json as Record<string, unknown> | undefined;
  const embedded = operation?.resourceLocation;
  if (isObject(embedded)) return { manifest: embedded };
  const link = `${operation?.['resourceLocation@odata.navigationLink']}`;
  const id = /\/manifests\/([^/?#]+)/.exec(link)?.[1];
  if (!id) return {};
  const linked = await ask(target, 'GET', MANIFESTS + id);
  return linked.status === 200 && isObject(linked.json) ? { linked, manifest: linked.json } : { linked };
}

function isRunning(operation: unknown): boolean {
  return (
    isObject(operation) && String((operation as Record<string, unknown>)['@odata.type']).endsWith('.runningOperation')
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
