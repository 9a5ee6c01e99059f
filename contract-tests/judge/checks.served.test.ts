import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createUnbilledUsageClient } from '../../src/index.ts';
import type { Target } from '../kit/checks/ask.ts';
import { checks } from '../kit/checks/checks.ts';
import { type Visit, visit } from '../kit/checks/visit.ts';
import { startFront } from '../kit/mock/front.ts';
import { partnerMonth, toBlob } from '../kit/mock/partner-month.ts';
import { checksListing } from '../support/checks-listing.ts';
import { startIndependentService } from '../support/independent-service.ts';
import { directFetch } from '../support/observe.setup.ts';
import { prismUrl, storageUrl } from '../support/servers.ts';
import { storeExport } from '../support/storage.ts';

// The named checks of kit/checks, against two services of our own.

type Started = Pick<Target, 'baseUrl'> & { close: () => Promise<void> };

const blobs = {
  'part-00000.c000.json.gz': toBlob([...partnerMonth(20)]),
  'part-00001.c000.json.gz': toBlob([...partnerMonth(10)]),
};

async function ourMock(example: string): Promise<Started> {
  const stored = await storeExport(storageUrl(), blobs);
  const story = ['notStarted', 'running', example];
  const manifest = () => stored.manifest();
  const service = await startFront({ prismUrl: prismUrl(), story, manifest, refuseUnknownIds: true });
  return { baseUrl: `${service.url}/v1.0`, close: service.close };
}

async function anotherTeams(options: { linked: boolean }): Promise<Started> {
  const service = await startIndependentService(blobs, options);
  return { baseUrl: `${service.url}/beta`, close: service.close };
}

const services: [string, () => Promise<Started>][] = [
  ['our mock, the manifest embedded', () => ourMock('succeededEmbedded')],
  ['our mock, the manifest linked', () => ourMock('succeededLinked')],
  ["another team's service, the manifest embedded", () => anotherTeams({ linked: false })],
  ["another team's service, the manifest linked", () => anotherTeams({ linked: true })],
];

describe.each(services)('%s', (_, start) => {
  let service: Started;
  let seen: Visit;

  beforeAll(async () => {
    service = await start();
    const request = { currencyCode: 'USD', billingPeriod: 'last' } as const;
    const { baseUrl } = service;
    const delay = async () => {};
    seen = await visit({ baseUrl, token: 'test-token', request, fetch: directFetch, timeoutMs: 60_000, delay });
  }, 60_000);
  afterAll(() => service?.close());

  describe.each(Object.entries(checks))('%s', (_, list) => {
    it.for(list)('$name', ({ demands, see, breaches }, { skip }) => {
      const found = breaches(seen);
      skip(found === undefined, 'the service gave nothing to look at');
      expect(found, `The service ${demands}: ${see}`).toEqual([]);
    });
  });

  it('is read by the client of this project', async () => {
    const { operationId = '', blob } = seen;
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
    expect(blob).toMatchObject({ lineCount: count });
  }, 60_000);
});

describe('the list of checks', () => {
  const all = Object.values(checks).flat();

  it('names each only once', () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });

  it('is what checks.md says', async () => {
    await expect(checksListing()).toMatchFileSnapshot('../checks.md');
  });
});
