import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Manifest } from '../document/manifest.ts';
import { type Ask, askerOf, type Exchange, type Target } from './ask.ts';
import { pollWait } from './poll-wait.ts';
import { type BlobVisit, visitBlob } from './visit-blob.ts';

/** What a service answered, from the export to a blob, and to requests that are wrong on purpose. */
export interface Visit {
  exported: Exchange;
  /** The ID in the `Location`. */
  operationId: string | undefined;
  /** The polls until the operation ended. */
  polls: Exchange[];
  /** The timeout came before the end of the operation. */
  stillRunning: boolean;
  /** One more poll, after the operation ended. */
  pollAfterwards: Exchange | undefined;
  /** The answer to the link of the operation, if it has one. */
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

/**
 * Plays the whole story once, as plain HTTP. It is safe on the real service: it starts one export, reads it, and asks for
 * things that do not exist. Throws `NoAnswerError` if the service does not answer.
 */
export async function visit(target: Target): Promise<Visit> {
  const signal = AbortSignal.timeout(target.timeoutMs);
  const ask = askerOf(target, signal);
  const exported = await ask('POST', EXPORT, { body: target.request });
  const id = /\/operations\/([^/?#]+)/.exec(exported.headers.get('location') ?? '')?.[1];
  // These come first: they need no time, and polling may need all that there is.
  const refusals = await visitRefusals(ask, target, id);

  const { polls, stillRunning } = await poll(ask, target, exported.status === 202 ? id : undefined);
  const last = polls.at(-1);
  const ended = last?.status === 200 && !stillRunning;
  const pollAfterwards = ended ? await ask('GET', OPERATIONS + id) : undefined;
  const { linked: linkedManifest, manifest } = await manifestOf(ask, ended ? last : undefined);
  const { manifest: manifestAfterwards } = await manifestOf(ask, pollAfterwards);
  return {
    exported,
    operationId: id && decoded(id),
    polls,
    stillRunning,
    pollAfterwards,
    linkedManifest,
    manifest,
    manifestAfterwards,
    blob: manifest && (await visitBlob(manifest, signal, target.fetch)),
    refusals,
  };
}

async function visitRefusals(ask: Ask, { request }: Target, id: string | undefined): Promise<Visit['refusals']> {
  const nobody = randomUUID();
  return {
    exportWithoutToken: await ask('POST', EXPORT, { body: request, token: undefined }),
    operationWithoutToken: await ask('GET', OPERATIONS + (id ?? nobody), { token: undefined }),
    unknownPeriod: await ask('POST', EXPORT, { body: { ...request, billingPeriod: 'next' } }),
    missingCurrency: await ask('POST', EXPORT, { body: { ...request, currencyCode: undefined } }),
    unknownOperation: await ask('GET', OPERATIONS + nobody),
    unknownManifest: await ask('GET', MANIFESTS + nobody),
  };
}

/** Polls until the operation ends. Stops without waiting if the timeout would pass during the next wait. */
async function poll(
  ask: Ask,
  { timeoutMs, delay = setTimeout }: Target,
  id: string | undefined,
): Promise<Pick<Visit, 'polls' | 'stillRunning'>> {
  const started = performance.now();
  const polls: Exchange[] = [];
  if (id === undefined) return { polls, stillRunning: false };
  for (let waited = 0; ; ) {
    const answer = await ask('GET', OPERATIONS + id);
    polls.push(answer);
    if (answer.status !== 200 || !isRunning(answer.json)) return { polls, stillRunning: false };
    const wait = pollWait(answer.headers.get('retry-after'), polls.length - 1);
    // A delay that does not really wait counts as well, or a test of an endless operation would not end.
    if (Math.max(waited, performance.now() - started) + wait > timeoutMs) return { polls, stillRunning: true };
    await delay(wait);
    waited += wait;
  }
}

async function manifestOf(
  ask: Ask,
  poll: Exchange | undefined,
): Promise<{ linked?: Exchange; manifest?: Partial<Manifest> }> {
  const operation = poll?.json as Record<string, unknown> | undefined;
  const embedded = operation?.resourceLocation;
  if (isObject(embedded)) return { manifest: embedded };
  const link = `${operation?.['resourceLocation@odata.navigationLink']}`;
  const id = /\/manifests\/([^/?#]+)/.exec(link)?.[1];
  if (!id) return {};
  const linked = await ask('GET', MANIFESTS + id);
  return linked.status === 200 && isObject(linked.json) ? { linked, manifest: linked.json } : { linked };
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
