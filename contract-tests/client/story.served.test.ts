import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { ExportStatus } from '../../src/index.ts';
import { partnerMonth, type StoredItem, toBlob, toLine } from '../kit/mock/partner-month.ts';
import { mockService } from '../support/mock-service.ts';
import { clientOf, collect } from '../support/play.ts';
import { type StoredExport, storeExport } from '../support/storage.ts';

const month = [...partnerMonth(3_000)];
let stored: StoredExport;

beforeAll(async () => {
  stored = await storeExport({
    'part-00000.c000.json.gz': toBlob(month.slice(0, 1_000)),
    'part-00001.c000.json.gz': toBlob(month.slice(1_000, 2_000)),
    'part-00002.c000.json.gz': toBlob(month.slice(2_000)),
  });
});

/** Skips each wait between polls as soon as it starts. */
function skipWaits(): (status: ExportStatus) => void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  return (status) => setImmediate(() => status.state === 'running' && vi.advanceTimersByTime(status.retryAfterMs ?? 0));
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('an export, from the request to the line items,', () => {
  it.each([
    ['embedded', ['notStarted', 'running', 'succeededEmbedded']],
    ['linked', ['notStarted', 'running', 'succeededLinked']],
    ['in a completed operation', ['notStarted', 'running', 'completed']],
  ])('returns every stored byte with the manifest %s', async (_, story) => {
    const service = await mockService(story, () => stored.manifest());
    const onPoll = vi.fn(skipWaits());

    const items = await collect(
      clientOf(service).exportLineItems({ currencyCode: 'USD', billingPeriod: 'last' }, { numbers: 'string', onPoll }),
    );

    vi.useRealTimers();
    expect(onPoll.mock.calls.map(([status]) => status.operation.status)).toEqual(
      story.map((name) => name.replace(/Embedded|Linked/, '')),
    );
    expect(sha256((items as StoredItem[]).map(toLine).join('\n'))).toBe(sha256(month.map(toLine).join('\n')));
  });
});
