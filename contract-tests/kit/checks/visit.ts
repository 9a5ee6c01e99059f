import { randomUUID } from 'node:crypto';
import type { ExportRequest, Manifest } from '../document/manifest.ts';
import { type Ask, askerOf, type Clock, startClock, type Target } from './ask.ts';
import type { Exchange } from './exchange.ts';
import { NoAnswerError } from './no-answer-error.ts';
import { pauseAfter } from './pause-after.ts';
import { BlobReader, type BlobVisit, type StorageVisit } from './visit-blob.ts';

/**
 * The answers of a service, from the export to its blobs, and to requests that are invalid on purpose. If the service
 * stopped answering, `interruption` says why, and the rest is absent.
 */
export interface Visit {
  request: ExportRequest;
  exportExchange: Exchange;
  /** The ID in the `Location`. */
  operationId: string | undefined;
  /** The polls until the operation ended. */
  polls: Exchange[];
  /** The timeout passed before the operation ended. */
  stillRunning: boolean;
  /** One more poll, after the operation ended. */
  pollAfterwards?: Exchange | undefined;
  /** The answer to the link of the operation, if it has one. */
  linkedManifest?: Exchange | undefined;
  /** The answer to a request for the manifest without a token, if its ID is known. */
  manifestWithoutToken?: Exchange;
  manifest?: Partial<Manifest> | undefined;
  manifestAfterwards?: Partial<Manifest> | undefined;
  blobs: BlobVisit[];
  storage?: StorageVisit;
  /** The answers to a second export, which asks for the basic attribute set: to the last request, and its first blob. */
  basic?: { exchange: Exchange; blob?: BlobVisit | undefined };
  refusals: Partial<Record<Refusal, Exchange>>;
  /** Every exchange with Microsoft Graph. */
  exchanges: Exchange[];
  interruption?: NoAnswerError;
}

export type Refusal =
  | 'exportWithoutToken'
  | 'operationWithoutToken'
  | 'unknownPeriod'
  | 'unknownAttributeSet'
  | 'missingCurrency'
  | 'unknownOperation'
  | 'unknownManifest';

const EXPORT = '/reports/partners/billing/usage/unbilled/export';
const OPERATIONS = '/reports/partners/billing/operations/';
const MANIFESTS = '/reports/partners/billing/manifests/';

/**
 * Runs two exports with plain HTTP, one for each attribute set. This is safe on the real service: it reads the exports, and
 * requests things that do not exist. Throws `NoAnswerError` if the service does not answer the first request.
 */
export async function visit(target: Target): Promise<Visit> {
  const { request } = target;
  const clock = startClock(target);
  const exchanges: Exchange[] = [];
  const ask = askerOf(target, clock, exchanges);
  const exportExchange = await ask('POST', EXPORT, { body: request });
  const id = operationIdIn(exportExchange);
  const operationId = id && decoded(id);
  const empty = { polls: [], stillRunning: false, blobs: [], refusals: {} };
  const visit: Visit = { request, exportExchange, operationId, ...empty, exchanges };
  try {
    await visitAll(visit, ask, clock, target);
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
    visit.interruption = error;
  }
  return visit;
}

/** Adds the answers after the first one to a visit. */
async function visitAll(visit: Visit, ask: Ask, clock: Clock, target: Target): Promise<void> {
  const { exportExchange, polls } = visit;
  const id = operationIdIn(exportExchange);
  const isAccepted = exportExchange.status === 202 && id !== undefined;
  // These come first: they take little time, and polling may use up the rest.
  await visitRefusals(visit.refusals, ask, target, id);
  if (!isAccepted) return;
  const basic = await ask('POST', EXPORT, { body: { ...target.request, attributeSet: 'basic' } });

  visit.stillRunning = !(await poll(polls, ask, clock, id, target.onProgress));
  const last = polls.at(-1);
  if (last?.status !== 200 || visit.stillRunning) return;
  visit.pollAfterwards = await ask('GET', OPERATIONS + id);
  const { linked, manifest, manifestId } = await manifestOf(ask, last);
  Object.assign(visit, { linkedManifest: linked, manifest });
  visit.manifestAfterwards = (await manifestOf(ask, visit.pollAfterwards)).manifest;
  if (manifestId !== undefined) {
    visit.manifestWithoutToken = await ask('GET', MANIFESTS + manifestId, { token: undefined });
  }
  if (!manifest) return;

  const count = Array.isArray(manifest.blobs) ? manifest.blobs.length : 0;
  target.onProgress?.(`reading ${count} ${count === 1 ? 'blob' : 'blobs'}`);
  const readerOf = (manifest: Partial<Manifest>, id: string) => {
    const renew = async () => (await manifestOf(ask, await ask('GET', OPERATIONS + id))).manifest;
    return new BlobReader(manifest, { clock, fetch: target.fetch, renew });
  };
  const reader = readerOf(manifest, id);
  for await (const blob of reader.read()) visit.blobs.push(blob);
  const [first] = visit.blobs;
  if (first?.content) visit.storage = await reader.probe(first);

  visit.basic = { exchange: basic };
  const basicId = basic.status === 202 ? operationIdIn(basic) : undefined;
  if (basicId === undefined) return;
  const basicPolls: Exchange[] = [];
  await poll(basicPolls, ask, clock, basicId);
  visit.basic.exchange = basicPolls.at(-1) ?? basic;
  const { manifest: basicManifest } = await manifestOf(ask, basicPolls.at(-1));
  if (basicManifest) visit.basic.blob = (await readerOf(basicManifest, basicId).read().next()).value;
}

async function visitRefusals(
  refusals: Visit['refusals'],
  ask: Ask,
  { request }: Target,
  id: string | undefined,
): Promise<void> {
  const nobody = randomUUID();
  refusals.exportWithoutToken = await ask('POST', EXPORT, { body: request, token: undefined });
  refusals.operationWithoutToken = await ask('GET', OPERATIONS + (id ?? nobody), { token: undefined });
  refusals.unknownPeriod = await ask('POST', EXPORT, { body: { ...request, billingPeriod: 'next' } });
  refusals.unknownAttributeSet = await ask('POST', EXPORT, { body: { ...request, attributeSet: 'all' } });
  refusals.missingCurrency = await ask('POST', EXPORT, { body: { ...request, currencyCode: undefined } });
  refusals.unknownOperation = await ask('GET', OPERATIONS + nobody);
  refusals.unknownManifest = await ask('GET', MANIFESTS + nobody);
}

/**
 * Polls until the operation ends, and adds the polls to a list. Returns `false` if it still runs, without waiting if the
 * timeout would pass during the next wait.
 */
async function poll(
  polls: Exchange[],
  ask: Ask,
  clock: Clock,
  id: string,
  onProgress?: (text: string) => void,
): Promise<boolean> {
  for (let before: unknown; ; ) {
    const answer = await ask('GET', OPERATIONS + id);
    polls.push(answer);
    const status = isObject(answer.json) ? (answer.json as Record<string, unknown>).status : undefined;
    if (typeof status === 'string' && status !== before) onProgress?.(`operation ${status}`);
    before = status;
    if (answer.status !== 200 || !isRunning(answer.json)) return true;
    const wait = pauseAfter(answer.headers.get('retry-after'), polls.length - 1);
    if (!(await clock.pause(wait))) return false;
  }
}

/** Returns the ID in the `Location`, as it is written there. */
function operationIdIn({ headers }: Exchange): string | undefined {
  return /\/operations\/([^/?#]+)/.exec(headers.get('location') ?? '')?.[1];
}

async function manifestOf(
  ask: Ask,
  poll: Exchange | undefined,
): Promise<{ linked?: Exchange; manifest?: Partial<Manifest>; manifestId?: string }> {
  const operation = poll?.json as Record<string, unknown> | undefined;
  const embedded = operation?.resourceLocation;
  if (isObject(embedded)) {
    const { id } = embedded as Partial<Manifest>;
    return { manifest: embedded, ...(typeof id === 'string' && { manifestId: encodeURIComponent(id) }) };
  }
  const link = `${operation?.['resourceLocation@odata.navigationLink']}`;
  const id = /\/manifests\/([^/?#]+)/.exec(link)?.[1];
  if (!id) return {};
  const linked = await ask('GET', MANIFESTS + id);
  const result = { linked, manifestId: id };
  return linked.status === 200 && isObject(linked.json) ? { ...result, manifest: linked.json } : result;
}

function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

function isRunning(operation: unknown): boolean {
  return (
    isObject(operation) && String((operation as Record<string, unknown>)['@odata.type']).endsWith('.runningOperation')
  );
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
