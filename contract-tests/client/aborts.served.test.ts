import { getEventListeners } from 'node:events';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Manifest, UnbilledUsageClient } from '../../src/index.ts';
import {
  accepted,
  clientOf,
  collect,
  example,
  failure,
  handle,
  refusal,
  scripted,
  succeeded,
} from '../support/play.ts';
import type { Answer } from '../support/scripted-server.ts';
import { storageUrl } from '../support/servers.ts';
import { storeExport } from '../support/storage.ts';

const stored = await storeExport(storageUrl(), { a: new Uint8Array() });
const request = { currencyCode: 'USD', billingPeriod: 'last' } as const;
const reason = new Error('enough');

/** What is going on when the abort comes: the storage, or the service in the end, asks for ten minutes' patience. */
interface Situation {
  run: (client: UnbilledUsageClient, signal: AbortSignal, manifest: Manifest) => unknown;
  /** What the service answers first. */
  service?: ((manifest: Manifest) => Answer)[];
  /** What the storage answers, when it is the service that asks for patience. */
  storage?: Answer;
}

const expired: Answer = { status: 403, headers: { 'x-ms-error-code': 'AuthenticationFailed' } };
const read = (client: UnbilledUsageClient, signal: AbortSignal) => collect(client.lineItems(handle, { signal }));

it.each<[string, Situation]>([
  ['an export is started', { run: (client, signal) => client.startExport(request, { signal }) }],
  ['an export is asked for', { run: (client, signal) => client.getExport(handle, { signal }) }],
  ['an export is waited for', { run: (client, signal) => client.waitForExport(handle, { signal }) }],
  ['line items wait for their export', { run: read }],
  [
    'the export of all in one call starts',
    { run: (client, signal) => collect(client.exportLineItems(request, { signal })) },
  ],
  ['a blob is asked for again', { run: read, service: [succeeded] }],
  ['a SAS is renewed by its operation', { run: read, service: [succeeded], storage: expired }],
  [
    'a SAS is renewed by its manifest',
    {
      run: (client, signal, manifest) => collect(client.lineItems(manifest, { signal })),
      storage: expired,
    },
  ],
  [
    'a SAS is renewed of the export of all in one call',
    {
      run: (client, signal) => collect(client.exportLineItems(request, { signal })),
      service: [() => accepted, succeeded],
      storage: expired,
    },
  ],
])('an abort while %s throws its reason at once', async (_, { run, service = [], storage }) => {
  const controller = new AbortController();
  const patience: Answer = refusal(503, { 'retry-after': '600' });
  const { setTimeout } = globalThis;
  const timers = vi.spyOn(globalThis, 'setTimeout').mockImplementation((callback, ms, ...args) => {
    if (ms === 600_000) setImmediate(() => controller.abort(reason));
    return setTimeout(callback, ms, ...args);
  });
  onTestFinished(() => timers.mockRestore());

  const blobs = await scripted(storage ?? patience);
  const manifest = stored.manifest(1_000, { rootDirectory: `${blobs.url}/dir` });
  const graph = await scripted(...service.map((answer) => answer(manifest)), patience);
  expect(await failure(Promise.resolve(run(clientOf(graph), controller.signal, manifest)))).toBe(reason);
});

describe('a signal of many calls at once', () => {
  /** A client whose requests get no answer, so many calls of it with one signal, and the listeners of that. */
  function calling(count: number) {
    const controller = new AbortController();
    const { signal } = controller;
    let answer = (_: Response) => {};
    const answered = new Promise<Response>((resolve) => {
      answer = resolve;
    });
    const client = clientOf({ url: 'https://graph.example' }, { fetch: async () => (await answered).clone() });
    const calls = Array.from({ length: count }, () => client.getExport(handle, { signal }));
    return { controller, calls, answer, listeners: () => getEventListeners(signal, 'abort').length };
  }

  it('has one listener, and none when they have ended', async () => {
    const { calls, answer, listeners } = calling(64);
    expect(listeners()).toBe(1);
    answer(Response.json(example('running')));
    await Promise.all(calls);
    expect(listeners()).toBe(0);
  });

  it('ends all of them', async () => {
    const { controller, calls, listeners } = calling(64);
    controller.abort(reason);
    expect(new Set(await Promise.all(calls.map(failure)))).toEqual(new Set([reason]));
    expect(listeners()).toBe(0);
  });

  it('has one as long as any of them goes on', async () => {
    const { controller, calls, listeners } = calling(2);
    const client = clientOf({ url: 'https://graph.example' }, { fetch: async () => Response.json(example('running')) });
    await client.getExport(handle, { signal: controller.signal });
    expect(listeners()).toBe(1);
    controller.abort(reason);
    expect(await Promise.all(calls.map(failure))).toEqual([reason, reason]);
  });
});
