import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createUnbilledUsageClient, type ExportStatus } from '../../src/index.ts';
import { type StartMockOptions, startMock } from '../kit/mock/start-mock.ts';
import { directFetch } from '../support/observe.setup.ts';
import { collect, emptyDirectory } from '../support/play.ts';
import { runProgram } from '../support/run-program.ts';

async function startTestMock(options: StartMockOptions) {
  const mock = await startMock(options);
  onTestFinished(mock.close);
  return mock;
}

/** Runs an export and skips the waits between polls. */
async function runExport(baseUrl: string) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const onPoll = (status: ExportStatus) => {
    setImmediate(() => status.state === 'running' && vi.advanceTimersByTime(status.retryAfterMs ?? 0));
  };
  const client = createUnbilledUsageClient({ credential: 'any', baseUrl, fetch: directFetch });
  const handle = await client.startExport({ currencyCode: 'USD', billingPeriod: 'last' });
  const manifest = await client.waitForExport(handle, { onPoll });
  vi.useRealTimers();
  return { manifest, items: await collect(client.lineItems(manifest)) };
}

it.each<[StartMockOptions, number, number]>([
  [{}, 1_000, 3],
  [{ items: 7, blobs: 3 }, 7, 3],
  [{ items: 45, blobs: 1, scenario: 'linked' }, 45, 1],
  [{ items: 1, blobs: 4 }, 1, 4],
  [{ items: 0 }, 0, 3],
  [{ lines: ['{"CustomerName":"Contoso"}', '{}'], blobs: 1 }, 2, 1],
])('a mock with %j serves its %i line items in %i blobs', { timeout: 60_000 }, async (options, items, blobs) => {
  const { baseUrl, lineItems } = await startTestMock(options);
  expect(lineItems).toHaveLength(items);
  const read = await runExport(baseUrl);
  expect(read.manifest.blobs).toHaveLength(blobs);
  expect(read.items).toEqual(lineItems);
});

it("the program in the kit's README runs unchanged", { timeout: 60_000 }, async () => {
  const readme = await readFile('contract-tests/kit/README.md', 'utf8');
  const [, code = ''] = /^```js\n([\s\S]*?)^```$/m.exec(readme) ?? [];
  const program = join(await emptyDirectory(), 'program.mjs');
  await writeFile(program, code.replace('partner-unbilled-usage-contract', import.meta.resolve('../kit/index.ts')));
  expect(await runProgram('node', [program])).toEqual({ code: 0, stdout: '100 []\n', stderr: '' });
});

it('a mock whose port is in use stops everything that it started', { timeout: 60_000 }, async () => {
  const { storageUrl } = await startTestMock({ items: 1 });
  const port = Number(new URL(storageUrl).port);
  await expect(startMock({ port })).rejects.toMatchObject({ code: 'EADDRINUSE', port });
  await expect(startMock({ storagePort: port })).rejects.toMatchObject({ code: 'EADDRINUSE', port });
});
