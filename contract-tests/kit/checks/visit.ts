import { randomUUID } from 'node:crypto';
import type { Manifest } from '../document/manifest.ts';
import { type Ask, askerOf, type Clock, startClock, type Target } from './ask.ts';
import type { Exchange } from './exchange.ts';
import { pauseAfter } from './pause-after.ts';
import { type BlobVisit, type StorageVisit, visitBlobs } from './visit-blob.ts';

/** The answers of a service, from the export to its blobs, and to requests that are invalid on purpose. */
export interface Visit {
  exportExchange: Exchange;
  /** The ID in the `Location`. */
  operationId: string | undefined;
  /** The polls until the operation ended. */
  polls: Exchange[];
  /** The timeout passed before the operation ended. */
  stillRunning: boolean;
  /** One more poll, after the operation ended. */
  pollAfterwards: Exchange | undefined;
  /** The answer to the link of the operation, if it has one. */
  linkedManifest: Exchange | undefined;
  /** The answer to a request for the manifest without a token, if its ID is known. */
  manifestWithoutToken: Exchange | undefined;
  manifest: Partial<Manifest> | undefined;
  manifestAfterwards: Partial<Manifest> | undefined;
  blobs: BlobVisit[];
  storage: StorageVisit | undefined;
  refusals: Record<Refusal, Exchange>;
  /** Every exchange with Microsoft Graph. */
  exchanges: Exchange[];
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
 * Runs one export with plain HTTP. This is safe on the real service: it starts one export, reads it, and requests things
 * that do not exist. Throws `NoAnswerError` if the service does not answer in time.
 */
export async function visit(target: Target): Promise<Visit> {
  const clock = startClock(target);
  const exchanges: Exchange[] = [];
  const ask = askerOf(target, clock, exchanges);
  const exportExchange = await ask('POST', EXPORT, { body: target.request });
  const id = /\/operations\/([^/?#]+)/.exec(exportExchange.headers.get('location') ?? '')?.[1];
  // These come first: they take little time, and polling may use up the rest.
  const refusals = await visitRefusals(ask, target, id);

  const { polls, stillRunning } = await poll(ask, clock, target, exportExchange.status === 202 ? id : undefined);
  const last = polls.at(-1);
  const ended = last?.status === 200 && !stillRunning;
  const pollAfterwards = ended ? await ask('GET', OPERATIONS + id) : undefined;
  const { linked: linkedManifest, manifest, manifestId } = await manifestOf(ask, ended ? last : undefined);
  const { manifest: manifestAfterwards } = await manifestOf(ask, pollAfterwards);
  const manifestWithoutToken =
    manifestId === undefined ? undefined : await ask('GET', MANIFESTS + manifestId, { token: undefined });
  const count = Array.isArray(manifest?.blobs) ? manifest.blobs.length : 0;
  if (manifest) target.onProgress?.(`reading ${count} ${count === 1 ? 'blob' : 'blobs'}`);
  const { blobs, storage } = manifest ? await visitBlobs(manifest, clock, target.fetch) : { blobs: [] };
  return {
    exportExchange,
    operationId: id && decoded(id),
    polls,
    stillRunning,
    pollAfterwards,
    linkedManifest,
    manifestWithoutToken,
    manifest,
    manifestAfterwards,
    blobs,
    storage,
    refusals,
    exchanges,
  };
}

async function visitRefusals(ask: Ask, { request }: Target, id: string | undefined): Promise<Visit['refusals']> {
  const nobody = randomUUID();
  return {
    exportWithoutToken: await ask('POST', EXPORT, { body: request, token: undefined }),
    operationWithoutToken: await ask('GET', OPERATIONS + (id ?? nobody), { token: undefined }),
    unknownPeriod: await ask('POST', EXPORT, { body: { ...request, billingPeriod: 'next' } }),
    unknownAttributeSet: await ask('POST', EXPORT, { body: { ...request, attributeSet: 'all' } }),
    missingCurrency: await ask('POST', EXPORT, { body: { ...request, currencyCode: undefined } }),
    unknownOperation: await ask('GET', OPERATIONS + nobody),
    unknownManifest: await ask('GET', MANIFESTS + nobody),
  };
}

/** Polls until the operation ends. Stops without waiting if the timeout would pass during the next wait. */
async function poll(
  ask: Ask,
  clock: Clock,
  { onProgress }: Target,
  id: string | undefined,
): Promise<Pick<Visit, 'polls' | 'stillRunning'>> {
  const polls: Exchange[] = [];
  if (id === undefined) return { polls, stillRunning: false };
  for (let before: unknown; ; ) {
    const answer = await ask('GET', OPERATIONS + id);
    polls.push(answer);
    const status = isObject(answer.json) ? (answer.json as Record<string, unknown>).status : undefined;
    if (typeof status === 'string' && status !== before) onProgress?.(`operation ${status}`);
    before = status;
    if (answer.status !== 200 || !isRunning(answer.json)) return { polls, stillRunning: false };
    const wait = pauseAfter(answer.headers.get('retry-after'), polls.length - 1);
    if (!(await clock.pause(wait))) return { polls, stillRunning: true };
  }
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

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
