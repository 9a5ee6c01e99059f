import type { ServerResponse } from 'node:http';
import { beforeAll, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { BlobError, DataVersionError, type Manifest } from '../src/index.ts';
import { breakOffAfter, emulator, type Fault, startFaultyStorage, withSas } from './harness/faulty-storage.ts';
import { directFetch, expectBreach } from './harness/observe.setup.ts';
import { clientOf, collect, deferred, failure, handle, scripted, succeeded } from './harness/play.ts';
import type { Answer } from './harness/scripted-server.ts';
import { type StoredExport, storeExport } from './harness/storage.ts';
import { partnerMonth, toBlob, toLine } from './kit/mock/partner-month.ts';

const month = [...partnerMonth(2_000)];
const lines = month.map(toLine);
const names = ['part-00000.c000.json.gz', 'part-00001.c000.json.gz'] as const;
const blobs = { [names[0]]: toBlob(month.slice(0, 1_000)), [names[1]]: toBlob(month.slice(1_000)) };
let stored: StoredExport;

beforeAll(async () => {
  stored = await storeExport(inject('storageUrl'), blobs);
});

/** The storage emulator behind a door with a fault for each answer in turn. */
async function faultyStorage(...faults: Fault[]) {
  const storage = await startFaultyStorage(emulator(inject('storageUrl')), () => faults.shift());
  onTestFinished(storage.close);
  return storage;
}

const cutAfter = (bytes: number) => breakOffAfter(bytes, 'close');

async function read(manifest: Manifest, options: Parameters<typeof clientOf>[1] = {}): Promise<string[]> {
  const service = await scripted(succeeded(manifest));
  const items = await collect(clientOf(service, options).lineItems(handle, { numbers: 'string' }));
  return items.map((item) => toLine(item as Record<string, string>));
}

describe('a connection that breaks', () => {
  it('goes on where it stopped, with Range and If-Match', async () => {
    const storage = await faultyStorage(cutAfter(10_000), cutAfter(5_000));
    expect(await read(storage.behind(stored.manifest()))).toEqual(lines);
    expect(storage.requests.map(({ status }) => status)).toEqual([200, 206, 206, 200]);
    expect(storage.requests.map(({ range }) => range)).toEqual([undefined, 'bytes=10000-', 'bytes=15000-', undefined]);
    expect(storage.requests[1]?.ifMatch).toMatch(/^"0x\w+"$/);
    expect(storage.requests[2]?.ifMatch).toBe(storage.requests[1]?.ifMatch);
    expect(storage.requests[3]?.ifMatch).toBeUndefined();
  });

  it('again and again without a further byte is a BlobError', async () => {
    const storage = await faultyStorage(cutAfter(10_000), cutAfter(0), cutAfter(0), cutAfter(0));
    const error = await failure(read(storage.behind(stored.manifest()), { retry: { limit: 2 } }));
    expect(error).toBeInstanceOf(BlobError);
    expect(error).toMatchObject({ code: 'BLOB', blobName: names[0], status: undefined });
    expect((error as Error).message).toContain('broke off after 10000 bytes');
    expect(storage.requests).toHaveLength(3);
  });

  it('again and again, yet with further bytes, is read to its end', async () => {
    const size = blobs[names[0]]?.length ?? 0;
    const cuts = Array.from({ length: Math.floor(size / 2_000) }, () => cutAfter(2_000));
    const storage = await faultyStorage(...cuts);
    expect(await read(storage.behind(stored.manifest()), { retry: { limit: 1 } })).toEqual(lines);
    expect(storage.requests.length).toBeGreaterThan(cuts.length);
  });

  it('or stands still for timeoutMs goes on, too', async () => {
    const storage = await faultyStorage(breakOffAfter(1_000, 'stall'));
    expect(await read(storage.behind(stored.manifest()), { timeoutMs: 1_000, fetch: directFetch })).toEqual(lines);
    expect(storage.requests[1]?.range).toBe('bytes=1000-');
  });
});

/** Blob Storage as it can be, but the emulator is not: every answer is written here. */
async function readScripted(answers: Answer[], options: Parameters<typeof clientOf>[1] = {}) {
  const storage = await scripted(...answers);
  const manifest = stored.manifest(1_000, {
    rootDirectory: `${storage.url}/dir`,
    blobs: [{ name: 'a' }],
    blobCount: 1,
  });
  const service = await scripted(succeeded(manifest));
  const client = clientOf(service, { retry: { limit: 1 }, ...options });
  return { storage, service, read: () => collect(client.lineItems(handle)) };
}

const partial =
  (status: number, headers: Record<string, string>, text: string): Answer =>
  (_, response) => {
    response.writeHead(status, { 'content-length': '20', etag: '"1"', ...headers });
    response.write(text, () => response.destroy());
  };

describe('a server that resumes in its own way', () => {
  const body = '{"Unit":"1"}\n{"Unit"';
  const first = partial(200, {}, body.slice(0, 8));
  const whole = [{ Unit: '1' }, { Unit: '2' }];

  it.each<[string, Answer]>([
    ['a 206', { status: 206, headers: { etag: '"1"', 'content-range': 'bytes 8-24/25' }, body: '"1"}\n{"Unit":"2"}' }],
    ['the whole, with a 200', { status: 200, headers: { etag: '"1"' }, body: '{"Unit":"1"}\n{"Unit":"2"}' }],
  ])('gives %s: no byte is read twice', async (_, second) => {
    const { storage, read } = await readScripted([first, second]);
    expect(await read()).toEqual(whole);
    expect(storage.requests[0]?.headers).toMatchObject({ 'accept-encoding': 'identity' });
    expect(storage.requests[1]?.headers).toMatchObject({ range: 'bytes=8-', 'if-match': '"1"' });
  });

  it('gives a part of the rest: the rest of that is asked for', async () => {
    const part: Answer = { status: 206, headers: { etag: '"1"', 'content-range': 'bytes 8-12/25' }, body: '"1"}\n' };
    const rest: Answer = {
      status: 206,
      headers: { etag: '"1"', 'content-range': 'bytes 13-24/25' },
      body: '{"Unit":"2"}',
    };
    const { storage, read } = await readScripted([first, part, rest]);
    expect(await read()).toEqual(whole);
    expect(storage.requests[2]?.headers.range).toBe('bytes=13-');
  });

  it('says that there is no more, when only the end of a chunked body got lost', async () => {
    const { read } = await readScripted([
      (_, response) => {
        response.writeHead(200, { etag: '"1"' });
        response.write('{"Unit":"1"}\n', () => response.destroy());
      },
      { status: 416, headers: { 'content-range': 'bytes */13' } },
    ]);
    expect(await read()).toEqual([{ Unit: '1' }]);
  });

  it.each([
    ['another offset', { 'content-range': 'bytes 0-25/26' }],
    ['no offset', {}],
  ])('gives %s: that is an error', async (__, headers) => {
    const wrong: Answer = { status: 206, headers: { etag: '"1"', ...headers }, body: 'x' };
    const { read } = await readScripted([first, wrong]);
    expect(await failure(read())).toMatchObject({
      name: 'BlobError',
      message: expect.stringContaining('another offset'),
    });
  });

  it.each<[string, Answer, number | undefined]>([
    ['412', { status: 412, headers: { 'x-ms-error-code': 'ConditionNotMet' } }, 412],
    [
      'the new one, with a 206',
      { status: 206, headers: { etag: '"2"', 'content-range': 'bytes 8-24/25' }, body: 'x' },
      undefined,
    ],
    ['the new one, with a 200', { status: 200, headers: { etag: '"2"' }, body: 'x' }, undefined],
  ])('gives %s for a blob that was replaced: that is an error', async (_, second, status) => {
    if (status === undefined) expectBreachOfLine(second);
    const { read } = await readScripted([first, second]);
    expect(await failure(read())).toMatchObject({ name: 'BlobError', blobName: 'a', status });
  });

  it('gives no ETag: then it cannot be resumed', async () => {
    const { storage, read } = await readScripted([
      (_, response) => {
        response.writeHead(200, { 'content-length': '20' });
        response.write('{"Unit"', () => response.destroy());
      },
    ]);
    expect(await failure(read())).toMatchObject({
      name: 'BlobError',
      message: expect.stringContaining('broke off after 7'),
    });
    expect(storage.requests).toHaveLength(1);
  });
});

function expectBreachOfLine(answer: Answer): void {
  if (typeof answer === 'object' && answer.status === 200) expectBreach(/^line item: line 1 is not JSON/);
}

it('a part that nobody asked for is an error', async () => {
  const { read } = await readScripted([
    { status: 206, headers: { 'content-range': 'bytes 0-1/4', etag: '"1"' }, body: '{}' },
  ]);
  expect(await failure(read())).toMatchObject({
    name: 'BlobError',
    message: expect.stringContaining('another offset'),
  });
});

it.each([
  ['without a length', (response: ServerResponse) => response.end()],
  ['with a length', (response: ServerResponse) => response.setHeader('content-length', '20').end()],
])('an empty answer %s is no empty blob', async (_, end) => {
  const { storage, read } = await readScripted([
    (__, response) => {
      response.useChunkedEncodingByDefault = false;
      response.setHeader('etag', '"1"');
      end(response);
      response.socket?.end();
    },
  ]);
  expect(await failure(read())).toMatchObject({ name: 'BlobError', message: expect.stringContaining('after 0 bytes') });
  expect(storage.requests).toHaveLength(2);
});

describe('a blob that is refused', () => {
  it.each([
    [404, 'BlobNotFound'],
    [416, 'InvalidRange'],
    [302, undefined],
  ])('with %i is a BlobError with the status and the code %s', async (status, storageCode) => {
    const body = storageCode
      ? `<?xml version="1.0"?><Error><Code>${storageCode}</Code><Message>No.</Message></Error>`
      : '';
    const { storage, read } = await readScripted([{ status, headers: { location: '/x' }, body }]);
    expect(await failure(read())).toMatchObject({ name: 'BlobError', blobName: 'a', status, storageCode });
    expect(storage.requests).toHaveLength(1);
  });

  it.each([429, 500, 502, 503, 504])('with %i is asked for again', async (status) => {
    const { storage, read } = await readScripted([{ status }, { body: '{}' }]);
    expect(await read()).toEqual([{}]);
    expect(storage.requests).toHaveLength(2);
  });

  it('with an answer without end is a BlobError all the same, and the connection is closed', async () => {
    const { promise: closed, resolve: close } = deferred();
    const { service } = await readScripted([
      (_, response) => {
        response.on('close', close);
        response.writeHead(404, { 'content-length': '1000' });
        response.write('<Error><Code>BlobNotFound</Code>');
      },
    ]);
    const client = clientOf(service, { fetch: directFetch });
    expect(await failure(collect(client.lineItems(handle)))).toMatchObject({
      status: 404,
      storageCode: 'BlobNotFound',
    });
    await closed;
  });

  it('and an abort while it says so throws the reason', async () => {
    const controller = new AbortController();
    const { service } = await readScripted([
      (_, response) => {
        response.writeHead(404, { 'content-length': '1000' }).flushHeaders();
        setImmediate(() => controller.abort(new Error('enough')));
      },
    ]);
    const reading = collect(clientOf(service, { fetch: directFetch }).lineItems(handle, { signal: controller.signal }));
    expect(await failure(reading)).toBe(controller.signal.reason);
  });

  it('with a code that is none is a BlobError without it', async () => {
    const { read } = await readScripted([{ status: 404, headers: { 'x-ms-error-code': 'sig=abc def' } }]);
    expect(await failure(read())).toMatchObject({ status: 404, storageCode: undefined });
  });

  it('for good is a BlobError', async () => {
    const { storage, read } = await readScripted([
      { status: 503, headers: { 'x-ms-error-code': 'ServerBusy', 'retry-after': '0' } },
    ]);
    expect(await failure(read())).toMatchObject({ name: 'BlobError', status: 503, storageCode: 'ServerBusy' });
    expect(storage.requests).toHaveLength(2);
  });
});

describe('a SAS that ran out', () => {
  it('is renewed through the operation, and the blobs are read to the end', async () => {
    const service = await scripted(succeeded(stored.manifest(-1_000)), succeeded(stored.manifest()));
    const items = await collect(clientOf(service).lineItems(handle, { numbers: 'string' }));
    expect(items.map((item) => toLine(item as Record<string, string>))).toEqual(lines);
    expect(service.requests).toHaveLength(2);
  });

  it('is renewed for a manifest that waitForExport returned', async () => {
    const service = await scripted(succeeded(stored.manifest(-1_000)), succeeded(stored.manifest()));
    const client = clientOf(service);
    expect(await collect(client.lineItems(await client.waitForExport(handle)))).toHaveLength(lines.length);
  });

  it('is renewed by the id of a manifest from elsewhere', async () => {
    const service = await scripted({ body: stored.manifest() });
    const restored = JSON.parse(JSON.stringify(stored.manifest(-1_000)));
    expect(await collect(clientOf(service).lineItems(restored))).toHaveLength(lines.length);
    expect(service.requests.map(({ url }) => url)).toEqual([`/v1.0/reports/partners/billing/manifests/${restored.id}`]);
  });

  it('cannot be renewed for a manifest from elsewhere without an id', async () => {
    const { id: _, ...manifest } = stored.manifest(-1_000);
    expect(await failure(collect(clientOf(await scripted()).lineItems(manifest)))).toMatchObject({
      name: 'BlobError',
      status: 403,
      storageCode: 'AuthorizationFailure',
    });
  });

  it('half way through a blob is renewed there', async () => {
    const storage = await faultyStorage(cutAfter(10_000), withSas(stored.manifest(-1_000).sasToken));
    const manifest = storage.behind(stored.manifest());
    const service = await scripted(succeeded(manifest));
    expect(await collect(clientOf(service).lineItems(handle))).toHaveLength(lines.length);
    expect(storage.requests.map(({ status }) => status)).toEqual([200, 403, 206, 200]);
    expect(service.requests).toHaveLength(2);
  });

  it('again and again is a BlobError, not an endless renewal', async () => {
    const service = await scripted(succeeded(stored.manifest(-1_000)));
    const error = await failure(collect(clientOf(service).lineItems(handle)));
    expect(error).toMatchObject({
      name: 'BlobError',
      blobName: names[0],
      status: 403,
      storageCode: 'AuthorizationFailure',
    });
    expect(service.requests).toHaveLength(2);
  });

  it('is not renewed without an eTag, as the data could be other data', async () => {
    const { eTag: _, ...old } = stored.manifest(-1_000);
    const { eTag: __, ...renewed } = stored.manifest();
    const service = await scripted(succeeded(old), succeeded(renewed));
    expect(await failure(collect(clientOf(service).lineItems(handle)))).toMatchObject({
      name: 'ContractError',
      where: 'manifest.eTag',
    });
  });

  it('is not renewed to other data: another eTag ends the reading', async () => {
    const service = await scripted(
      succeeded(stored.manifest(-1_000)),
      succeeded(stored.manifest(3_600_000, { eTag: 'new' })),
    );
    const error = await failure(collect(clientOf(service).lineItems(handle)));
    expect(error).toBeInstanceOf(DataVersionError);
    expect(error).toMatchObject({ code: 'DATA_VERSION', expected: 'a0N3lYhkTzc2', actual: 'new' });
  });
});

describe('reading that ends early', () => {
  it('closes the connection when the loop is left', async () => {
    const { promise: closed, resolve: close } = deferred();
    const {
      read: _,
      storage,
      service,
    } = await readScripted([
      (_, response) => {
        response.on('close', close);
        response.writeHead(200, { etag: '"1"' });
        response.write('{"Unit":"1"}\n{"Unit":');
      },
    ]);
    for await (const item of clientOf(service, { fetch: directFetch }).lineItems(handle)) {
      expect(item).toEqual({ Unit: '1' });
      break;
    }
    await closed;
    expect(storage.requests).toHaveLength(1);
  });

  it.each([
    ['before the first item', 0],
    ['between two items of one piece', 2],
  ])('with an abort %s throws its reason', async (_, after) => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const service = await scripted(succeeded(stored.manifest()));
    const seen: unknown[] = [];
    const reading = (async () => {
      if (after === 0) controller.abort(reason);
      for await (const item of clientOf(service).lineItems(handle, { signal: controller.signal })) {
        seen.push(item);
        if (seen.length === after) controller.abort(reason);
      }
    })();
    expect(await failure(reading)).toBe(reason);
    expect(seen).toHaveLength(after);
  });

  it('with an abort while the storage is silent throws its reason', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const { service } = await readScripted([
      (_, response) => {
        response.writeHead(200, { etag: '"1"' });
        response.write('{"Unit":', () => controller.abort(reason));
      },
    ]);
    const client = clientOf(service, { fetch: directFetch });
    expect(await failure(collect(client.lineItems(handle, { signal: controller.signal })))).toBe(reason);
  });
});

it('reports how far the reading is', async () => {
  const service = await scripted(succeeded(stored.manifest()));
  const onProgress = vi.fn();
  await collect(clientOf(service).lineItems(handle, { onProgress }));
  const bytes = Object.values(blobs).reduce((sum, blob) => sum + blob.length, 0);
  expect(onProgress.mock.calls.at(0)?.[0]).toMatchObject({ blobs: 0, blobCount: 2 });
  expect(onProgress.mock.calls.at(-1)?.[0]).toEqual({ blobs: 2, blobCount: 2, bytes, lineItems: 2_000 });
});
