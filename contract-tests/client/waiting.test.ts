import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Attempt, type ExportStatus, GraphRequestError, WaitTimeoutError } from '../../src/index.ts';
import { expectBreach } from '../support/observe.setup.ts';
import { clientOf, collect, example, failure, handle, refusal, scripted } from '../support/play.ts';
import type { Answer, ScriptedServer } from '../support/scripted-server.ts';

const running = (headers: Record<string, string> = {}): Answer => ({ headers, body: example('running') });
const done: Answer = { body: example('succeededEmbedded') };
const start = Date.parse('2024-10-01T08:00:00Z');

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'], now: start });
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/**
 * Creates a client whose waits, one after each poll or before each retry, are skipped and watched.
 * A millisecond before a wait ends, no request may have been sent. At its end, exactly one must have been.
 */
function watchWaits(service: ScriptedServer, waits: readonly number[]) {
  const fetch = vi.fn((...args: Parameters<typeof globalThis.fetch>) => globalThis.fetch(...args));
  const counts: { early: number; inTime: number }[] = [];
  const left = [...waits];
  const pass = async () => {
    const ms = left.shift();
    if (ms === undefined) return;
    const before = fetch.mock.calls.length;
    await vi.advanceTimersByTimeAsync(ms - 1);
    const early = fetch.mock.calls.length - before;
    await vi.advanceTimersByTimeAsync(1);
    counts.push({ early, inTime: fetch.mock.calls.length - before });
  };
  const onPoll = () => void setImmediate(pass);
  const onAttempt = ({ retryInMs }: Attempt) => {
    if (retryInMs !== undefined) onPoll();
  };
  const client = clientOf(service, { fetch, onAttempt });
  return { client, onPoll, counts, expected: waits.map(() => ({ early: 0, inTime: 1 })) };
}

describe('the wait between polls', () => {
  it.each<[string, Record<string, string>, number]>([
    ['the seconds in Retry-After', { 'retry-after': '7' }, 7_000],
    [
      'the time to the date in Retry-After, by the clock of the service',
      { 'retry-after': 'Tue, 01 Oct 2024 06:00:30 GMT', date: 'Tue, 01 Oct 2024 06:00:00 GMT' },
      30_000,
    ],
    ['5 s without Retry-After', {}, 5_000],
    ['15 minutes if the service says so', { 'retry-after': '900' }, 900_000],
    ['at most 15 minutes, for any number in Retry-After', { 'retry-after': '1000000000' }, 900_000],
    [
      'at most 15 minutes, for any date in Retry-After',
      { 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT', date: 'Tue, 01 Oct 2024 06:00:00 GMT' },
      900_000,
    ],
  ])('is %s', async (_, headers, ms) => {
    const service = await scripted(running(headers), done);
    const { client, onPoll, counts, expected } = watchWaits(service, [ms]);
    await client.waitForExport(handle, { onPoll, timeoutMs: Number.POSITIVE_INFINITY });
    expect(counts).toEqual(expected);
  });

  it('is limited, but onPoll receives the value of the service', async () => {
    const service = await scripted(running({ 'retry-after': '86400' }), done);
    const { client, onPoll } = watchWaits(service, [900_000]);
    const values: unknown[] = [];
    const record = (status: ExportStatus) => {
      values.push('retryAfterMs' in status && status.retryAfterMs);
      onPoll();
    };
    await client.waitForExport(handle, { onPoll: record });
    expect(values).toEqual([86_400_000, false]);
  });

  it.each([
    ['59', 59_000],
    ['86400', 900_000],
  ])('has the same limit before a retry: %s', async (value, ms) => {
    const service = await scripted(refusal(503, { 'retry-after': value }), running());
    const { client, counts, expected } = watchWaits(service, [ms]);
    expect(await client.getExport(handle)).toMatchObject({ state: 'running' });
    expect(counts).toEqual(expected);
  });

  it('is limited, but the error has the value of the service', async () => {
    const service = await scripted(refusal(503, { 'retry-after': '86400' }));
    const result = clientOf(service, { retry: { limit: 0 } }).getExport(handle);
    expect(await failure(result)).toMatchObject({ retryAfterMs: 86_400_000 });
  });

  it('does not depend on the system clock', async () => {
    const service = await scripted(running({ 'retry-after': '60' }), done);
    const { client, onPoll, counts, expected } = watchWaits(service, [60_000]);
    const set = () => {
      vi.setSystemTime(start - 86_400_000);
      onPoll();
    };
    await client.waitForExport(handle, { onPoll: set, timeoutMs: 120_000 });
    expect(counts).toEqual(expected);
  });

  it.each(['-7', 'soon', '1.5', '2024-10-01T08:00:30Z', '99999999999', 'Tue, 99 Oct 2024 06:00:00 GMT'])(
    'is the default if Retry-After is malformed: %s',
    async (value) => {
      if (!/^(Tue|9)/.test(value)) expectBreach(/^response header: GET 200 Retry-After/);
      const service = await scripted(running({ 'retry-after': value }), done);
      const { client, onPoll, counts, expected } = watchWaits(service, [5_000]);
      await client.waitForExport(handle, { onPoll });
      expect(counts).toEqual(expected);
    },
  );

  it.each([
    ['0', undefined, 1_000],
    ['0', 300, 300],
    ['Tue, 01 Oct 2024 05:59:00 GMT', undefined, 1_000],
  ])(
    'with a Retry-After of %s and pollIntervalMs %s is not zero, to avoid a busy loop',
    async (value, pollIntervalMs, ms) => {
      const service = await scripted(running({ 'retry-after': value, date: 'Tue, 01 Oct 2024 06:00:00 GMT' }), done);
      const { client, onPoll, counts, expected } = watchWaits(service, [ms]);
      await client.waitForExport(handle, { pollIntervalMs, onPoll });
      expect(counts).toEqual(expected);
    },
  );

  it.each([
    ['Tuesday, 01-Oct-24 06:00:30 GMT', 'Tue, 01 Oct 2024 06:00:00 GMT'],
    ['Tue Oct  1 06:00:30 2024', 'Tuesday, 01-Oct-24 06:00:00 GMT'],
    ['Tue, 01 Oct 2024 08:00:30 GMT', '01 Oct 2024'],
  ])('accepts obsolete date formats, and uses our clock if Date is invalid: %s, %s', async (value, date) => {
    if (!value.startsWith('Tue, ')) expectBreach(/^response header: GET 200 Retry-After/);
    const service = await scripted(running({ 'retry-after': value, date }), done);
    const { client, onPoll, counts, expected } = watchWaits(service, [30_000]);
    await client.waitForExport(handle, { onPoll });
    expect(counts).toEqual(expected);
  });

  it.each([
    [undefined, [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]],
    [1_000, [1_000, 2_000, 4_000, 8_000]],
    [90_000, [90_000, 90_000]],
  ])('starts with pollIntervalMs (%s) and doubles up to a minute', async (pollIntervalMs, waits) => {
    const service = await scripted(...waits.map(() => running()), done);
    const { client, onPoll, counts, expected } = watchWaits(service, waits);
    await client.waitForExport(handle, { pollIntervalMs, onPoll });
    expect(counts).toEqual(expected);
  });

  it('is shortened at random, by up to half', async () => {
    vi.mocked(Math.random).mockReturnValue(0.5);
    const service = await scripted(running(), done);
    const { client, onPoll, counts, expected } = watchWaits(service, [3_750]);
    await client.waitForExport(handle, { onPoll });
    expect(counts).toEqual(expected);
  });
});

describe('the deadline', () => {
  it('ends the call instead of a wait during which it would pass', async () => {
    const service = await scripted(running({ 'retry-after': '60' }));
    const error = await failure(clientOf(service).waitForExport(handle, { timeoutMs: 60_000 }));
    expect(error).toBeInstanceOf(WaitTimeoutError);
    expect(error).toMatchObject({
      code: 'WAIT_TIMEOUT',
      handle,
      lastStatus: { state: 'running', retryAfterMs: 60_000 },
    });
    expect(Date.now()).toBe(start);
    expect(service.requests).toHaveLength(1);
  });

  it('is an hour by default', async () => {
    const service = await scripted(running());
    const waiting = (pollIntervalMs: number) => failure(clientOf(service).waitForExport(handle, { pollIntervalMs }));
    expect(await waiting(3_600_000)).toBeInstanceOf(WaitTimeoutError);
    expect(performance.now()).toBe(0);

    const { client, onPoll, counts, expected } = watchWaits(service, [3_599_999]);
    const error = await failure(client.waitForExport(handle, { pollIntervalMs: 3_599_999, onPoll }));
    expect(error).toBeInstanceOf(WaitTimeoutError);
    expect(counts).toEqual(expected);
  });

  it('ends a poll that gets no response', async () => {
    const service = await scripted(() => setImmediate(() => vi.advanceTimersByTime(2_000)));
    const error = await failure(clientOf(service).waitForExport(handle, { timeoutMs: 2_000 }));
    expect(error).toBeInstanceOf(WaitTimeoutError);
    expect(error).toMatchObject({ lastStatus: undefined, message: expect.stringContaining('has not answered') });
  });

  it('ends the retries of a poll, and keeps their error as the cause', async () => {
    const service = await scripted(refusal(429, { 'retry-after': '3600' }));
    const error = await failure(clientOf(service).waitForExport(handle, { timeoutMs: 10_000 }));
    expect(error).toBeInstanceOf(WaitTimeoutError);
    expect((error as Error).cause).toBeInstanceOf(GraphRequestError);
    expect(service.requests).toHaveLength(1);
  });
});

describe('the deadline of exportLineItems', () => {
  const request = { currencyCode: 'USD', billingPeriod: 'last' } as const;

  it('also limits the start of the export, and throws its last error', async () => {
    const service = await scripted(refusal(429, { 'retry-after': '3600' }));
    const items = clientOf(service).exportLineItems(request, { timeoutMs: 10_000 });
    expect(await failure(collect(items))).toBeInstanceOf(GraphRequestError);
    expect(service.requests).toHaveLength(1);
  });

  it('throws a NetworkError if the start gets no response', async () => {
    const service = await scripted(() => setImmediate(() => vi.advanceTimersByTime(2_000)));
    const error = await failure(collect(clientOf(service).exportLineItems(request, { timeoutMs: 2_000 })));
    expect(error).toMatchObject({ name: 'NetworkError', attempts: 1 });
  });

  it('throws a NetworkError if the credential returns no token', async () => {
    const credential = () => {
      setImmediate(() => vi.advanceTimersByTime(2_000));
      return new Promise<string>(() => {});
    };
    const service = await scripted(done);
    const items = clientOf(service, { credential }).exportLineItems(request, { timeoutMs: 2_000 });
    expect(await failure(collect(items))).toMatchObject({
      name: 'NetworkError',
      message: expect.stringContaining('credential'),
    });
  });

  it('covers the start and the polls together', async () => {
    const service = await scripted(
      (_, response) => {
        vi.advanceTimersByTime(8_000);
        response.writeHead(202, { location: handle.location }).end();
      },
      running({ 'retry-after': '5' }),
    );
    const error = await failure(collect(clientOf(service).exportLineItems(request, { timeoutMs: 10_000 })));
    expect(error).toBeInstanceOf(WaitTimeoutError);
    expect(service.requests).toHaveLength(2);
  });
});

describe('an abort', () => {
  it.each([null, 0, new SyntaxError('mine')])('throws its reason, even if that is %s', async (value) => {
    const service = await scripted(done);
    let thrown: unknown = 'nothing';
    await clientOf(service)
      .getExport(handle, { signal: AbortSignal.abort(value) })
      .catch((error) => {
        thrown = error;
      });
    expect(thrown).toBe(value);
  });

  const reason = new Error('enough');

  it('ends a wait with its reason', async () => {
    const controller = new AbortController();
    const service = await scripted(running({ 'retry-after': '60' }));
    const onPoll = () => setImmediate(() => controller.abort(reason));
    expect(await failure(clientOf(service).waitForExport(handle, { signal: controller.signal, onPoll }))).toBe(reason);
  });

  it('ends a poll and its retries with its reason', async () => {
    const controller = new AbortController();
    const service = await scripted(() => controller.abort(reason));
    expect(await failure(clientOf(service).waitForExport(handle, { signal: controller.signal }))).toBe(reason);
    expect(service.requests).toHaveLength(1);
  });

  it('before the call prevents any request', async () => {
    const service = await scripted(done);
    expect(await failure(clientOf(service).getExport(handle, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(service.requests).toEqual([]);
  });
});

it('polling continues after a transient error', async () => {
  vi.useRealTimers();
  const service = await scripted(
    running({ 'retry-after': '0' }),
    refusal(503),
    refusal(429, { 'retry-after': '0' }),
    done,
  );
  const onPoll = vi.fn();
  await clientOf(service).waitForExport(handle, { onPoll, pollIntervalMs: 1 });
  expect(onPoll.mock.calls.map(([status]) => status.state)).toEqual(['running', 'succeeded']);
  expect(service.requests).toHaveLength(4);
});
