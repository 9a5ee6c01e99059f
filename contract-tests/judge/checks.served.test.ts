import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createUnbilledUsageClient } from '../../src/index.ts';
import type { Target } from '../kit/checks/ask.ts';
import { checks } from '../kit/checks/checks.ts';
import { type Visit, visit } from '../kit/checks/visit.ts';
import { startFront } from '../kit/mock/front.ts';
import { madeUpLines } from '../kit/mock/line-items.ts';
import { Story } from '../kit/mock/story.ts';
import { checksListing } from '../support/checks-listing.ts';
import { startIndependentService } from '../support/independent-service.ts';
import { directFetch } from '../support/observe.setup.ts';
import { prismUrl } from '../support/servers.ts';
import { storeExport } from '../support/storage.ts';

// Runs the checks of the kit against the mock and an independent service.

type Service = Pick<Target, 'baseUrl'> & { close: () => Promise<void> };

const request = { currencyCode: 'USD', billingPeriod: 'last' } as const;

function blobsOf(attributeSet: 'full' | 'basic'): Record<string, Uint8Array> {
  const lines = Array.from(madeUpLines(30, 1, { ...request, attributeSet }), (line) => `${line}\n`);
  return {
    'part-00000.c000.json.gz': gzipSync(lines.slice(0, 20).join('')),
    'part-00001.c000.json.gz': gzipSync(lines.slice(20).join('')),
  };
}

async function startMock(example: string): Promise<Service> {
  const stored = { full: await storeExport(blobsOf('full')), basic: await storeExport(blobsOf('basic')) };
  const story = new Story({ steps: ['notStarted', 'running', example] }, ({ attributeSet = 'full' }) => ({
    isReady: async () => true,
    manifest: async () => stored[attributeSet].manifest(),
  }));
  const service = await startFront({ prismUrl: prismUrl(), story });
  return { baseUrl: `${service.url}/v1.0`, close: service.close };
}

async function startIndependent(options: { linked: boolean }): Promise<Service> {
  const service = await startIndependentService(blobsOf('full'), options);
  return { baseUrl: `${service.url}/beta`, close: service.close };
}

const services: [string, () => Promise<Service>][] = [
  ['the mock with an embedded manifest', () => startMock('succeededEmbedded')],
  ['the mock with a linked manifest', () => startMock('succeededLinked')],
  ['the independent service with an embedded manifest', () => startIndependent({ linked: false })],
  ['the independent service with a linked manifest', () => startIndependent({ linked: true })],
];

describe.each(services)('%s', (_, start) => {
  let service: Service;
  let result: Visit;

  beforeAll(async () => {
    service = await start();
    const { baseUrl } = service;
    const delay = async () => {};
    result = await visit({ baseUrl, token: 'test-token', request, fetch: directFetch, timeoutMs: 60_000, delay });
  }, 60_000);
  afterAll(() => service?.close());

  describe.each(Object.entries(checks))('%s', (_, list) => {
    it.for(list)('$name', ({ demands, see, breaches }, { skip }) => {
      const problems = breaches(result);
      skip(problems === undefined, 'the service returned nothing to check');
      expect(problems, `The service ${demands}: ${see}`).toEqual([]);
    });
  });

  it('is read by the client', async () => {
    const { operationId = '', blobs: read } = result;
    const client = createUnbilledUsageClient({
      credential: 'test-token',
      baseUrl: service.baseUrl,
      fetch: directFetch,
    });
    const { blobs, ...rest } = await client.waitForExport(operationId);
    const [first] = blobs;
    const items = client.lineItems({ ...rest, blobs: first ? [first] : [], blobCount: 1 });
    let count = 0;
    for await (const _ of items) count++;
    expect(read.map(({ content }) => content?.lineCount)).toEqual([count, 10]);
  }, 60_000);
});

describe('the list of checks', () => {
  const all = Object.values(checks).flat();

  it('has no repeated names', () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });

  it('is the same as in checks.md', async () => {
    await expect(checksListing()).toMatchFileSnapshot('../checks.md');
  });
});
