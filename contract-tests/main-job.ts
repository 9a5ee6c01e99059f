import { parseArgs } from 'node:util';
import { BigNumber } from 'bignumber.js';
import {
  createUnbilledUsageClient,
  type UnbilledUsageClient,
  UnbilledUsageError,
  type UnbilledUsageExportRequest,
  type UsageLineItem,
} from '../src/index.ts';
import { startMockService } from './harness/mock-service.ts';
import { partnerMonth, toBlob } from './harness/partner-month.ts';
import { startPrism } from './harness/prism.ts';
import { startStorage, storeExport } from './harness/storage.ts';

// What `npm start` runs: one export, from the request to the totals; against the embedded mock, or with --live for real.

const ITEMS = 12_000;
const BLOBS = 3;

const began = performance.now();

function step(text: string): void {
  console.log(`${((performance.now() - began) / 1_000).toFixed(1).padStart(6)} s  ${text}`);
}

/** A service without an account: Prism plays the contract, Azurite holds a made-up partner's month. */
async function startMock(): Promise<{ client: UnbilledUsageClient; close: () => Promise<unknown> }> {
  const [prism, storage] = await Promise.all([startPrism(), startStorage()]);
  const month = [...partnerMonth(ITEMS)];
  const blobs = Array.from({ length: BLOBS }, (_, i) => {
    const items = month.slice((i * ITEMS) / BLOBS, ((i + 1) * ITEMS) / BLOBS);
    return [`part-0000${i}.c000.json.gz`, toBlob(items)] as const;
  });
  const stored = await storeExport(storage.url, Object.fromEntries(blobs));
  const story = ['notStarted', 'running', 'succeededEmbedded'];
  const service = await startMockService(prism.url, story, () => stored.manifest());
  step(`a mock of the service at ${service.url}, ${ITEMS.toLocaleString('en')} line items stored in ${BLOBS} blobs`);
  return {
    client: createUnbilledUsageClient({ credential: 'no-account-needed', baseUrl: `${service.url}/v1.0` }),
    close: () => Promise.all([service.close(), prism.close(), storage.close()]),
  };
}

/** Sums of money, exact to the last digit. */
class Totals {
  readonly #sums = new Map<string, BigNumber>();

  add(key: string | undefined, amount: UsageLineItem['BillingPreTaxTotal']): void {
    this.#sums.set(key ?? '', (this.#sums.get(key ?? '') ?? new BigNumber(0)).plus(amount || 0));
  }

  /** The rows with the greatest sums. */
  rows(limit = Number.POSITIVE_INFINITY): [string, string][] {
    const sorted = [...this.#sums].sort(([, a], [, b]) => b.comparedTo(a) ?? 0).slice(0, limit);
    return sorted.map(([key, sum]) => [key, sum.toFormat()]);
  }
}

async function run(client: UnbilledUsageClient, request: UnbilledUsageExportRequest): Promise<void> {
  const billed = new Totals();
  const priced = new Totals();
  const customers = new Totals();
  let count = 0;

  const handle = await client.startExport(request);
  step(`export started, operation ${handle.operationId}`);
  const manifest = await client.waitForExport(handle, {
    onPoll: (status) => {
      const next =
        status.state === 'running' && status.retryAfterMs ? `, ask again in ${status.retryAfterMs / 1_000} s` : '';
      step(`${status.operation.status}${next}`);
    },
  });
  let blobs = 0;
  const onProgress = (progress: { blobs: number; blobCount: number; bytes: number; lineItems: number }) => {
    if (progress.blobs === blobs) return;
    blobs = progress.blobs;
    const { blobCount, bytes, lineItems } = progress;
    step(
      `blob ${blobs} of ${blobCount} read: ${lineItems.toLocaleString('en')} line items, ${bytes.toLocaleString('en')} bytes`,
    );
  };
  for await (const item of client.lineItems(manifest, { numbers: 'string', onProgress })) {
    count++;
    billed.add(item.BillingCurrency, item.BillingPreTaxTotal);
    priced.add(item.PricingCurrency, item.PricingPreTaxTotal);
    customers.add(item.CustomerName, item.BillingPreTaxTotal);
  }

  const table: [string, [string, string][]][] = [
    ['line items', [['', count.toLocaleString('en')]]],
    ['pre-tax total, billed', billed.rows()],
    ['pre-tax total, priced', priced.rows()],
    ['top customers, billed', customers.rows(5)],
  ];
  const keyWidth = Math.max(...table.flatMap(([, rows]) => rows.map(([key]) => key.length)));
  console.log();
  for (const [title, rows] of table) {
    for (const [i, [key, value]] of rows.entries()) {
      console.log(`  ${(i === 0 ? title : '').padEnd(23)}${key.padEnd(keyWidth)}${value.padStart(32)}`);
    }
  }
}

try {
  const { values } = parseArgs({
    options: {
      live: { type: 'boolean', default: false },
      currency: { type: 'string', default: 'USD' },
      period: { type: 'string', default: 'last' },
    },
  });
  const request = { currencyCode: values.currency, billingPeriod: values.period } as UnbilledUsageExportRequest;
  if (values.live) {
    await run(createUnbilledUsageClient({ credential: process.env.GRAPH_ACCESS_TOKEN ?? '' }), request);
  } else {
    const { client, close } = await startMock();
    await run(client, request).finally(close);
    console.log('\n  For real: GRAPH_ACCESS_TOKEN=… npm start -- --live --currency USD --period last');
  }
} catch (error) {
  const expected =
    error instanceof UnbilledUsageError || String((error as { code?: unknown }).code).startsWith('ERR_PARSE');
  if (!expected) throw error;
  console.error(`${error}`);
  process.exitCode = 1;
}
