import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  ExportFailedError,
  type ExportStatus,
  GraphRequestError,
  type Manifest,
  type UnbilledUsageClient,
} from '../../src/index.ts';
import { partnerMonth, type StoredItem, toBlob, toLine } from '../kit/mock/partner-month.ts';
import type { ServiceAnswer, ServiceOptions, ServiceRequest } from '../support/independent-exchange.ts';
import { type IndependentService, startIndependentService } from '../support/independent-service.ts';
import { clientOf, collect, failure } from '../support/play.ts';

const month = [...partnerMonth(300)];
const lines = month.map(toLine);
const blobs = {
  'part-00000.c000.json.gz': toBlob(month.slice(0, 200)),
  'part-00001.c000.json.gz': toBlob(month.slice(200)),
};
const request = { currencyCode: 'USD', billingPeriod: 'last' } as const;

async function startService(options: ServiceOptions = {}): Promise<IndependentService> {
  const service = await startIndependentService(blobs, options);
  onTestFinished(service.close);
  return service;
}

/** Runs an export and skips the waits between polls. */
async function runExport(client: UnbilledUsageClient): Promise<{ manifest: Manifest; statuses: unknown[] }> {
  const statuses: unknown[] = [];
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  const onPoll = (status: ExportStatus) => {
    statuses.push(status.operation.status);
    setImmediate(() => status.state === 'running' && vi.advanceTimersByTime(status.retryAfterMs ?? 0));
  };
  try {
    return { manifest: await client.waitForExport(await client.startExport(request), { onPoll }), statuses };
  } finally {
    vi.useRealTimers();
  }
}

async function linesOf(client: UnbilledUsageClient, manifest: Manifest): Promise<string[]> {
  const items = await collect(client.lineItems(manifest, { numbers: 'string' }));
  return (items as StoredItem[]).map(toLine);
}

describe('with an independent service, the client', () => {
  it.each([
    ['v1.0', 'embedded', false],
    ['v1.0', 'linked', true],
    ['beta', 'embedded', false],
    ['beta', 'linked', true],
  ] as const)('reads every byte on %s with the manifest %s', async (apiVersion, _, linked) => {
    const kinds: string[] = [];
    const service = await startService({ linked, fault: { before: ({ kind }) => kinds.push(kind) } });
    const client = clientOf(service, { apiVersion });

    const { manifest, statuses } = await runExport(client);

    expect(statuses).toEqual(['notStarted', 'running', 'succeeded']);
    expect(await linesOf(client, manifest)).toEqual(lines);
    const polls = ['operation', 'operation', 'operation', ...(linked ? ['manifest'] : [])];
    expect(kinds).toEqual(['export', ...polls, 'blob', 'blob']);
  });

  it.each(['full', 'basic'] as const)(
    'sends parameters that the service accepts, with the attribute set %s',
    async (attributeSet) => {
      const bodies: unknown[] = [];
      const service = await startService({ fault: { before: ({ body }) => bodies.push(JSON.parse(body)) } });

      await clientOf(service).startExport({ ...request, billingPeriod: 'current', attributeSet });

      expect(bodies).toEqual([{ currencyCode: 'USD', billingPeriod: 'current', attributeSet }]);
    },
  );

  it('reports an export without data', async () => {
    const client = clientOf(await startService({ outcome: 'noData' }));
    const error = await failure(runExport(client));
    expect(error).toBeInstanceOf(ExportFailedError);
    expect(error).toMatchObject({ noData: true, graphCode: '5000' });
  });

  it.each<[string, number, string, (request: ServiceRequest) => void]>([
    ['a request without a token', 401, 'InvalidAuthenticationToken', ({ headers }) => delete headers.authorization],
    ['an invalid request', 400, 'BadRequest', (request) => Object.assign(request, { body: '{}' })],
    ['a request without a media type', 415, 'UnsupportedMediaType', ({ headers }) => delete headers['content-type']],
    ['a wrong path', 404, 'ResourceNotFound', (request) => Object.assign(request, { path: '/v1.0/reports' })],
  ])('reports the refusal of %s', async (_, status, graphCode, before) => {
    const ids: Record<string, string | undefined> = {};
    const after = ({ headers }: ServiceAnswer) => {
      ids.requestId = headers['request-id'];
      ids.clientRequestId = headers['client-request-id'];
    };
    const service = await startService({ fault: { before, after } });

    const error = await failure(clientOf(service).startExport(request));

    expect(error).toBeInstanceOf(GraphRequestError);
    expect(error).toMatchObject({ status, graphCode, ...ids });
  });

  it('resumes a blob after a broken connection', async () => {
    const statuses: number[] = [];
    const service = await startService({
      fault: {
        after: (answer, { kind }) => {
          if (kind !== 'blob') return;
          statuses.push(answer.status);
          if (statuses.length > 1) return;
          answer.headers['content-length'] = `${answer.body.length}`;
          answer.body = (answer.body as Uint8Array).subarray(0, 1_000);
        },
      },
    });
    const client = clientOf(service);

    const { manifest } = await runExport(client);

    expect(await linesOf(client, manifest)).toEqual(lines);
    expect(statuses).toEqual([200, 206, 200]);
  });

  it.each([false, true])('renews an expired SAS (manifest behind a link: %s)', async (linked) => {
    const statuses: number[] = [];
    const service = await startService({
      linked,
      fault: { after: ({ status }, { kind }) => kind === 'blob' && statuses.push(status) },
    });
    const client = clientOf(service);
    const { manifest } = await runExport(client);
    // Moves the clock, which the storage shares, by an hour and a minute.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_660_000 });
    onTestFinished(() => void vi.useRealTimers());

    expect(await linesOf(client, manifest)).toEqual(lines);
    expect(statuses).toEqual([403, 200, 200]);
  });
});
