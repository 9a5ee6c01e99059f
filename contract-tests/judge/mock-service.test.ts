import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createUnbilledUsageClient, type ExportStatus, type UnbilledUsageExportRequest } from '../../src/index.ts';
import { spec } from '../kit/document/document.ts';
import { partnerMonth } from '../kit/mock/partner-month.ts';
import { type Mock, type StartMockOptions, startMock } from '../kit/mock/start-mock.ts';
import { directFetch } from '../support/observe.setup.ts';
import { collect, emptyDirectory } from '../support/play.ts';
import { runProgram } from '../support/run-program.ts';

async function startTestMock(options: StartMockOptions) {
  const mock = await startMock(options);
  onTestFinished(mock.close);
  return mock;
}

/** Runs an export and skips the waits between polls. */
async function runExport(
  baseUrl: string,
  request: UnbilledUsageExportRequest = { currencyCode: 'USD', billingPeriod: 'last' },
) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const onPoll = (status: ExportStatus) => {
    setImmediate(() => status.state === 'running' && vi.advanceTimersByTime(status.retryAfterMs ?? 0));
  };
  const client = createUnbilledUsageClient({ credential: 'any', baseUrl, fetch: directFetch });
  const handle = await client.startExport(request);
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

describe('the line items of an export', { timeout: 60_000 }, () => {
  let mock: Mock;
  beforeAll(async () => {
    mock = await startMock({ items: 300 });
  }, 60_000);
  afterAll(() => mock.close());

  const properties: [string, { 'x-attribute-sets': string[] }][] = Object.entries(
    spec.components.schemas.UsageLineItem.properties,
  );
  const basic = properties.flatMap(([name, schema]) => (schema['x-attribute-sets'].includes('basic') ? [name] : []));

  async function read(request: UnbilledUsageExportRequest) {
    const { manifest, items } = await runExport(mock.baseUrl, request);
    return { items, directory: new URL(manifest.rootDirectory).pathname };
  }

  it('have the currency, period and attributes of the request, as does the directory', async () => {
    const { items, directory } = await read({ currencyCode: 'EUR', billingPeriod: 'current', attributeSet: 'basic' });
    expect(directory).toMatch(/\/BillingMonth=202410\/Currency=EUR\/Fragment=basic\//);
    expect(items).toHaveLength(300);
    expect(new Set(items.map(({ BillingCurrency }) => BillingCurrency))).toEqual(new Set(['EUR']));
    expect(items.filter(({ UsageDate }) => !UsageDate?.startsWith('2024-10-'))).toEqual([]);
    const names = new Set(items.flatMap((item) => Object.keys(item)));
    // The samples have an unknown attribute, and other spellings of two attributes.
    expect([...names].filter((name) => !basic.includes(name))).toEqual(['CarbonFootprint']);
    expect(new Set(Object.keys(items.at(-1) ?? {})).size).toBe(30);
  });

  it('differ in nothing else', async () => {
    const full = await read({ currencyCode: 'USD', billingPeriod: 'last' });
    expect(full.directory).toMatch(/\/BillingMonth=202409\/Currency=USD\/Fragment=full\//);
    expect(full.items).toEqual(mock.lineItems);
    const part = await read({ currencyCode: 'USD', billingPeriod: 'last', attributeSet: 'basic' });
    const kept = (item: object) =>
      Object.entries(item).filter(([name]) => basic.includes(name) || name === 'CarbonFootprint');
    expect(part.items).toEqual(full.items.map((item) => Object.fromEntries(kept(item))));
  });

  it('are a believable month, and the same for the same seed', async () => {
    const total = mock.lineItems.reduce((sum, { BillingPreTaxTotal }) => sum + Number(BillingPreTaxTotal), 0);
    expect(total).toBeGreaterThan(1_000);
    expect(total).toBeLessThan(10_000);
    const [same, other] = [await startTestMock({ items: 300, seed: 1 }), await startTestMock({ items: 300, seed: 2 })];
    expect(same.lineItems).toEqual(mock.lineItems);
    expect(other.lineItems).not.toEqual(mock.lineItems);
  });

  it('cost their quantity times their price, exactly', () => {
    const [item = {}] = partnerMonth(1);
    const { Quantity = '', EffectiveUnitPrice = '', PricingPreTaxTotal } = item;
    const scaled = (text: string) => BigInt(text.replace('.', ''));
    const places = (text: string) => text.split('.')[1]?.length ?? 0;
    const digits = `${scaled(Quantity) * scaled(EffectiveUnitPrice)}`.padStart(40, '0');
    const at = digits.length - places(Quantity) - places(EffectiveUnitPrice);
    expect(`${BigInt(digits.slice(0, at))}.${digits.slice(at).slice(0, 20)}`.replace(/\.?0*$/, '')).toBe(
      PricingPreTaxTotal,
    );
  });
});

it("the program in the kit's README runs unchanged", { timeout: 60_000 }, async () => {
  const readme = await readFile('contract-tests/kit/README.md', 'utf8');
  const [, code = ''] = /^```js\n([\s\S]*?)^```$/m.exec(readme) ?? [];
  const program = join(await emptyDirectory(), 'program.mjs');
  await writeFile(program, code.replace('partner-unbilled-usage-contract', import.meta.resolve('../kit/index.ts')));
  expect(await runProgram('node', [program])).toEqual({ code: 0, stdout: '100 []\n', stderr: '' });
});

it.each<[StartMockOptions, string]>([
  [
    { scenario: 'throtled' as 'throttled' },
    'There is no scenario "throtled". See: partner-unbilled-usage-contract list',
  ],
  [{ lines: ['{}', '{}\n{}'] }, 'lines[1] contains a line feed.'],
])('rejects %j', async (options, message) => {
  await expect(startMock(options)).rejects.toMatchObject({ name: 'RangeError', message });
});

it('a mock whose port is in use stops everything that it started', { timeout: 60_000 }, async () => {
  const { storageUrl } = await startTestMock({ items: 1 });
  const port = Number(new URL(storageUrl).port);
  await expect(startMock({ port })).rejects.toMatchObject({ code: 'EADDRINUSE', port });
  await expect(startMock({ storagePort: port })).rejects.toMatchObject({ code: 'EADDRINUSE', port });
});
