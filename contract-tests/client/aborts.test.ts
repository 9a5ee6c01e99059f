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
import { storeExport } from '../support/storage.ts';

const stored = await storeExport({ a: new Uint8Array() });
const request = { currencyCode: 'USD', billingPeriod: 'last' } as const;
const reason = new Error('enough');

/** A call that is aborted during a wait. Either the storage or the service asks for a wait of ten minutes. */
interface Situation {
  run: (client: UnbilledUsageClient, signal: AbortSignal, manifest: Manifest) => unknown;
  /** The first responses of the service. */
  service?: ((manifest: Manifest) => Answer)[];
  /** The response of the storage, if the service is the one that asks for the wait. */
  storage?: Answer;
}

const expired: Answer = { status: 403, headers: { 'x-ms-error-code': 'AuthenticationFailed' } };
const read = (client: UnbilledUsageClient, signal: AbortSignal) => collect(client.lineItems(handle, { signal }));

it.each<[string, Situation]>([
  ['startExport waits', { run: (client, signal) => client.startExport(request, { signal }) }],
  ['getExport waits', { run: (client, signal) => client.getExport(handle, { signal }) }],
  ['waitForExport waits', { run: (client, signal) => client.waitForExport(handle, { signal }) }],
  ['lineItems waits for its export', { run: read }],
  [
    'exportLineItems waits for its start',
    { run: (client, signal) => collect(client.exportLineItems(request, { signal })) },
  ],
  ['a blob is retried', { run: read, service: [succeeded] }],
  ['a SAS is renewed from its operation', { run: read, service: [succeeded], storage: expired }],
  [
    'a SAS is renewed from its manifest',
    {
      run: (client, signal, manifest) => collect(client.lineItems(manifest, { signal })),
      storage: expired,
    },
  ],
  [
    'exportLineItems renews a SAS',
    {
      run: (client, signal) => collect(client.exportLineItems(request, { signal })),
      service: [() => accepted, succeeded],
      storage: expired,
    },
  ],
])('an abort while %s throws its reason immediately', async (_, { run, service = [], storage }) => {
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

describe('a signal shared by concurrent calls', () => {
  /** Starts `count` calls with one signal. They get no response until `answer` is called. */
  function startCalls(count: number) {
    const controller = new AbortController();
    const { signal } = controller;
    let answer = (_: Response) => {};
    const response = new Promise<Response>((resolve) => {
      answer = resolve;
    });
    const client = clientOf({ url: 'https://graph.example' }, { fetch: async () => (await response).clone() });
    const calls = Array.from({ length: count }, () => client.getExport(handle, { signal }));
    return { controller, calls, answer, listeners: () => getEventListeners(signal, 'abort').length };
  }

  it('has one listener, which is removed when the calls end', async () => {
    const { calls, answer, listeners } = startCalls(64);
    expect(listeners()).toBe(1);
    answer(Response.json(example('running')));
    await Promise.all(calls);
    expect(listeners()).toBe(0);
  });

  it('aborts all of them', async () => {
    const { controller, calls, listeners } = startCalls(64);
    controller.abort(reason);
    expect(new Set(await Promise.all(calls.map(failure)))).toEqual(new Set([reason]));
    expect(listeners()).toBe(0);
  });

  it('keeps its listener while any of them is running', async () => {
    const { controller, calls, listeners } = startCalls(2);
    const client = clientOf({ url: 'https://graph.example' }, { fetch: async () => Response.json(example('running')) });
    await client.getExport(handle, { signal: controller.signal });
    expect(listeners()).toBe(1);
    controller.abort(reason);
    expect(await Promise.all(calls.map(failure))).toEqual([reason, reason]);
  });
});
