import { expect, inject, it, onTestFinished, vi } from 'vitest';
import type { Manifest, UnbilledUsageClient } from '../src/index.ts';
import { accepted, clientOf, collect, failure, handle, refusal, scripted, succeeded } from './harness/play.ts';
import type { Answer } from './harness/scripted-server.ts';
import { storeExport } from './harness/storage.ts';

const stored = await storeExport(inject('storageUrl'), { a: new Uint8Array() });
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
