import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { OtherBlobError, readBlob } from '../../src/blob.ts';
import { BlobAccess } from '../../src/blob-access.ts';
import { type Attempt, BlobError, DataVersionError, type Manifest } from '../../src/index.ts';
import { partnerMonth, toBlob, toLine } from '../kit/mock/partner-month.ts';
import { breakOffAfter, type Fault, forwardTo, startFaultyStorage, withSas } from '../support/faulty-storage.ts';
import { directFetch } from '../support/observe.setup.ts';
import { clientOf, collect, deferred, failure, handle, scripted, succeeded } from '../support/play.ts';
import type { Answer } from '../support/scripted-server.ts';
import { REFUSED_SAS, type StoredExport, storeExport } from '../support/storage.ts';

const month = [...partnerMonth(2_000)];
const lines = month.map(toLine);
const names = ['part-00000.c000.json.gz', 'part-00001.c000.json.gz'] as const;
const blobs = { [names[0]]: toBlob(month.slice(0, 1_000)), [names[1]]: toBlob(month.slice(1_000)) };
let stored: StoredExport;

beforeAll(async () => {
  stored = await storeExport(blobs);
});

/** Starts a proxy in front of the storage, which applies these faults to its responses in turn. */
async function faultyStorage(...faults: Fault[]) {
  const storage = await startFaultyStorage(forwardTo(stored.url), () => faults.shift());
  onTestFinished(storage.close);
  return storage;
}

const cutAfter = (bytes: number) => breakOffAfter(bytes, 'close');

async function read(manifest: Manifest, options: Parameters<typeof clientOf>[1] = {}): Promise<string[]> {
  const service = await scripted(succeeded(manifest));
  const items = await collect(clientOf(service, options).lineItems(handle, { numbers: 'string' }));
  return items.map((item) => toLine(item as Record<string, string>));
}

describe('after a broken connection, reading', () => {
  it('resumes with Range and If-Match', async () => {
    const storage = await faultyStorage(cutAfter(10_000), cutAfter(5_000));
    expect(await read(storage.behind(stored.manifest()))).toEqual(lines);
    expect(storage.requests.map(({ status }) => status)).toEqual([200, 206, 206, 200]);
    expect(storage.requests.map(({ range }) => range)).toEqual([undefined, 'bytes=10000-', 'bytes=15000-', undefined]);
    expect(storage.requests[1]?.ifMatch).toMatch(/^"0x\w+"$/);
    expect(storage.requests[2]?.ifMatch).toBe(storage.requests[1]?.ifMatch);
    expect(storage.requests[3]?.ifMatch).toBeUndefined();
  });

  it('fails with a BlobError if the next attempts receive no bytes', async () => {
    const storage = await faultyStorage(cutAfter(10_000), cutAfter(0), cutAfter(0), cutAfter(0));
    const error = await failure(read(storage.behind(stored.manifest()), { retry: { limit: 2 } }));
    expect(error).toBeInstanceOf(BlobError);
    expect(error).toMatchObject({ code: 'BLOB', blobName: names[0], status: undefined });
    expect((error as Error).message).toContain('broke off after 10000 bytes');
    expect(storage.requests).toHaveLength(3);
  });

  it('continues after any number of breaks, if each attempt receives timeoutMs bytes', async () => {
    const timeoutMs = 20_000;
    const size = blobs[names[0]]?.length ?? 0;
    const cuts = Array.from({ length: Math.floor(size / timeoutMs) }, () => cutAfter(timeoutMs));
    expect(cuts.length).toBeGreaterThan(1);
    const storage = await faultyStorage(...cuts);
    expect(await read(storage.behind(stored.manifest()), { timeoutMs, retry: { limit: 1 } })).toEqual(lines);
    expect(storage.requests.length).toBeGreaterThan(cuts.length);
  });

  it('fails with a BlobError if each attempt receives only a few bytes, which do not reset the retries', async () => {
    const storage = await faultyStorage(...Array.from({ length: 9 }, () => cutAfter(100)));
    const error = await failure(read(storage.behind(stored.manifest()), { retry: { limit: 2 } }));
    expect((error as Error).message).toContain('broke off after 300 bytes');
    expect(storage.requests).toHaveLength(3);
  });

  it('also resumes if the connection stalls for timeoutMs', async () => {
    const storage = await faultyStorage(breakOffAfter(1_000, 'stall'));
    expect(await read(storage.behind(stored.manifest()), { timeoutMs: 1_000, fetch: directFetch })).toEqual(lines);
    expect(storage.requests[1]?.range).toBe('bytes=1000-');
  });
});

/** Prepares to read a blob from a storage with these responses, which a correct one never sends. */
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
  (status: number, headers: Record<string, string>, bytes: Uint8Array): Answer =>
  (_, response) => {
    response.writeHead(status, { 'content-length': `${bytes.length + 20}`, etag: '"1"', ...headers });
    response.write(bytes, () => response.destroy());
  };

describe('a storage that resumes a blob', () => {
  const blob = gzipSync('{"Unit":"1"}\n{"Unit":"2"}');
  const last = blob.length - 1;
  const first = partial(200, { 'content-length': `${blob.length}` }, blob.subarray(0, 8));
  const whole = [{ Unit: '1' }, { Unit: '2' }];
  const part = (from: number, to: number, range = `bytes ${from}-${to}/${blob.length}`): Answer => ({
    status: 206,
    headers: { etag: '"1"', 'content-range': range },
    body: blob.subarray(from, to + 1),
  });

  it.each<[string, Answer]>([
    ['a 206', part(8, last)],
    ['the whole blob, with a 200', { status: 200, headers: { etag: '"1"' }, body: blob }],
  ])('with %s does not repeat any bytes', async (_, second) => {
    const { storage, read } = await readScripted([first, second]);
    expect(await read()).toEqual(whole);
    expect(storage.requests[0]?.headers).toMatchObject({ 'accept-encoding': 'identity' });
    expect(storage.requests[1]?.headers).toMatchObject({ range: 'bytes=8-', 'if-match': '"1"' });
  });

  it('with only part of the rest gets a request for the remainder', async () => {
    const { storage, read } = await readScripted([first, part(8, 12), part(13, last)], { retry: { limit: 2 } });
    expect(await read()).toEqual(whole);
    expect(storage.requests[2]?.headers.range).toBe('bytes=13-');
  });

  it('with 416 completes it, if only the end of a chunked body was lost', async () => {
    const { read } = await readScripted([
      (_, response) => {
        response.writeHead(200, { etag: '"1"' });
        response.write(blob, () => response.destroy());
      },
      { status: 416, headers: { 'content-range': `bytes */${blob.length}` } },
    ]);
    expect(await read()).toEqual(whole);
  });

  it.each<[string, Answer, number | undefined]>([
    ['a part from another offset', part(0, last), undefined],
    ['a part of an unknown total', part(8, last, `bytes 8-${last}/*`), undefined],
    ['a part without its offset', { status: 206, headers: { etag: '"1"' }, body: 'x' }, undefined],
    [
      'several parts',
      { status: 206, headers: { etag: '"1"', 'content-type': 'multipart/byteranges; boundary=x' }, body: '--x--' },
      undefined,
    ],
    [
      'a new version, with a 206',
      { ...(part(8, last) as object), headers: { etag: '"2"', 'content-range': `bytes 8-${last}/${blob.length}` } },
      undefined,
    ],
    ['a new version, with a 200', { headers: { etag: '"2"' }, body: blob }, undefined],
    [
      'the same version, but with a Content-Encoding',
      { headers: { etag: '"1"', 'content-encoding': 'gzip' }, body: gzipSync(blob) },
      undefined,
    ],
    ['404', { status: 404 }, 404],
    ['412', { status: 412, headers: { 'x-ms-error-code': 'ConditionNotMet' } }, 412],
    ['416', { status: 416, headers: { 'content-range': 'bytes */7' } }, 416],
    ['302', { status: 302, headers: { location: '/x' } }, 302],
    ['410', { status: 410 }, 410],
  ])('with %s makes the received bytes useless', async (_, second, status) => {
    const { storage, read } = await readScripted([first, second], { retry: { limit: 2 } });
    const error = await failure(read());
    expect(error).toBeInstanceOf(OtherBlobError);
    expect(error).toMatchObject({ name: 'BlobError', code: 'BLOB', blobName: 'a', status });
    expect(storage.requests).toHaveLength(2);
  });

  it.each([401, 403, 503])('with %i lets a later attempt continue', async (status) => {
    const { read } = await readScripted([first, { status }]);
    const error = await failure(read());
    expect(error).toMatchObject({ name: 'BlobError', status });
    expect(error).not.toBeInstanceOf(OtherBlobError);
  });

  it('without the Content-Encoding of the first response makes the received bytes useless', async () => {
    const encoded = partial(200, { 'content-encoding': 'x-plain' }, new TextEncoder().encode('{"Unit":"1"}\n'));
    const { storage, read } = await readScripted([encoded, { headers: { etag: '"1"' }, body: blob }]);
    expect(await failure(read())).toBeInstanceOf(OtherBlobError);
    expect(storage.requests[1]?.headers.range).toBeUndefined();
  });

  it('cannot be resumed without an ETag', async () => {
    const { storage, read } = await readScripted([
      (_, response) => {
        response.writeHead(200, { 'content-length': `${blob.length}` });
        response.write(blob.subarray(0, 8), () => response.destroy());
      },
    ]);
    expect(await failure(read())).toMatchObject({
      name: 'BlobError',
      message: expect.stringContaining('broke off after 8'),
    });
    expect(storage.requests).toHaveLength(1);
  });
});

it('a partial response to a request without Range is an error', async () => {
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
])('an empty response %s is not an empty blob', async (_, end) => {
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

describe('an error response from the storage', () => {
  it.each([
    [404, 'BlobNotFound'],
    [416, 'InvalidRange'],
    [302, undefined],
  ])('with %i throws a BlobError with the status and the code %s', async (status, storageCode) => {
    const body = storageCode
      ? `<?xml version="1.0"?><Error><Code>${storageCode}</Code><Message>No.</Message></Error>`
      : '';
    const { storage, read } = await readScripted([{ status, headers: { location: '/x' }, body }]);
    expect(await failure(read())).toMatchObject({ name: 'BlobError', blobName: 'a', status, storageCode });
    expect(storage.requests).toHaveLength(1);
  });

  it.each([429, 500, 502, 503, 504])('with %i is retried', async (status) => {
    const { storage, read } = await readScripted([{ status }, { body: gzipSync('{}') }]);
    expect(await read()).toEqual([{}]);
    expect(storage.requests).toHaveLength(2);
  });

  it('that never ends still throws a BlobError, and its connection is closed', async () => {
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

  it('that is aborted throws the abort reason', async () => {
    const controller = new AbortController();
    const { service } = await readScripted([
      (_, response) => {
        response.writeHead(404, { 'content-length': '1000' }).flushHeaders();
        setImmediate(() => controller.abort(new Error('enough')));
      },
    ]);
    const result = collect(clientOf(service, { fetch: directFetch }).lineItems(handle, { signal: controller.signal }));
    expect(await failure(result)).toBe(controller.signal.reason);
  });

  it('with an invalid code throws a BlobError without it', async () => {
    const { read } = await readScripted([{ status: 404, headers: { 'x-ms-error-code': 'sig=abc def' } }]);
    expect(await failure(read())).toMatchObject({ status: 404, storageCode: undefined });
  });

  it('after every retry throws a BlobError', async () => {
    const { storage, read } = await readScripted([
      { status: 503, headers: { 'x-ms-error-code': 'ServerBusy', 'retry-after': '0' } },
    ]);
    expect(await failure(read())).toMatchObject({ name: 'BlobError', status: 503, storageCode: 'ServerBusy' });
    expect(storage.requests).toHaveLength(2);
  });
});

describe('a slow blob', () => {
  const text = `${JSON.stringify({ Tags: randomBytes(4_000).toString('base64') })}\n`;
  const bytes = new Uint8Array(gzipSync(text));
  const manifest = { rootDirectory: 'https://storage.example/d', sasToken: 'sig=1', blobs: [{ name: 'a' }] };

  /** Creates a client whose storage takes `ms` fake milliseconds for each piece of `piece` bytes. */
  function slowStorage(piece: number, ms: number) {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const requests: Headers[] = [];
    const fetch: typeof globalThis.fetch = async (_, init) => {
      const headers = new Headers(init?.headers);
      requests.push(headers);
      let at = Number(/\d+/.exec(headers.get('range') ?? '')?.[0] ?? 0);
      const { length } = bytes;
      const range = at > 0 && { 'content-range': `bytes ${at}-${length - 1}/${length}` };
      const body = new ReadableStream(
        {
          pull(controller) {
            vi.advanceTimersByTime(ms);
            if (at < length) controller.enqueue(bytes.slice(at, at + piece));
            else controller.close();
            at += piece;
          },
        },
        { highWaterMark: 0 },
      );
      return new Response(body, { status: range ? 206 : 200, headers: { etag: '"1"', ...range } });
    };
    const transfer = { fetch, timeoutMs: 1_000, retry: { limit: 0, baseDelayMs: 1, maxDelayMs: 1 } };
    const client = clientOf({ url: 'https://graph.example' }, transfer);
    return { requests, transfer, read: () => collect(client.lineItems(manifest)) };
  }

  it('is cut off below 1 kB/s, even if no single byte takes long', async () => {
    const { read } = slowStorage(100, 101);
    expect(await failure(read())).toMatchObject({
      name: 'BlobError',
      message: 'Blob "a" broke off after 900 bytes: timed out after 1000 ms.',
    });
  });

  it('is read to its end at 1 kB/s or more', async () => {
    const { requests, read } = slowStorage(100, 99);
    expect(await read()).toEqual([JSON.parse(text)]);
    expect(requests).toHaveLength(1);
  });

  it('is read to its end if only its reader is slow', async () => {
    const { transfer } = slowStorage(100, 99);
    const { signal } = new AbortController();
    let received = 0;
    for await (const chunk of readBlob('a', new BlobAccess(manifest, undefined), {
      ...transfer,
      signal,
      onBytes: () => {},
    })) {
      received += chunk.length;
      vi.advanceTimersByTime(10_000);
    }
    expect(received).toBe(bytes.length);
  });
});

describe('an expired SAS', () => {
  it('is renewed from the operation, and all blobs are read', async () => {
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

  it('is renewed with the ID of a manifest from elsewhere', async () => {
    const service = await scripted({ body: stored.manifest() });
    const restored = JSON.parse(JSON.stringify(stored.manifest(-1_000)));
    expect(await collect(clientOf(service).lineItems(restored))).toHaveLength(lines.length);
    expect(service.requests.map(({ url }) => url)).toEqual([`/v1.0/reports/partners/billing/manifests/${restored.id}`]);
  });

  it.each([
    ['without an ID', undefined],
    ['with an invalid ID', JSON.parse('['.repeat(100_000) + ']'.repeat(100_000))],
  ])('cannot be renewed for a manifest from elsewhere %s', async (_, id) => {
    const { id: __, ...manifest } = stored.manifest(-1_000);
    expect(
      await failure(collect(clientOf(await scripted()).lineItems({ ...manifest, ...(id && { id }) }))),
    ).toMatchObject({
      name: 'BlobError',
      status: 403,
      storageCode: REFUSED_SAS,
    });
  });

  it('is renewed in the middle of a blob', async () => {
    const storage = await faultyStorage(cutAfter(10_000), withSas(stored.manifest(-1_000).sasToken));
    const manifest = storage.behind(stored.manifest());
    const service = await scripted(succeeded(manifest));
    expect(await collect(clientOf(service).lineItems(handle))).toHaveLength(lines.length);
    expect(storage.requests.map(({ status }) => status)).toEqual([200, 403, 206, 200]);
    expect(service.requests).toHaveLength(2);
  });

  it('is not renewed twice within a few bytes', async () => {
    const expiredSas = withSas(stored.manifest(-1_000).sasToken);
    const storage = await faultyStorage(expiredSas, cutAfter(100), expiredSas);
    const service = await scripted(succeeded(storage.behind(stored.manifest())));
    const error = await failure(collect(clientOf(service).lineItems(handle)));
    expect(error).toMatchObject({ name: 'BlobError', status: 403 });
    expect(service.requests).toHaveLength(2);
  });

  it('throws a BlobError if the renewed one has expired too', async () => {
    const service = await scripted(succeeded(stored.manifest(-1_000)));
    const error = await failure(collect(clientOf(service).lineItems(handle)));
    expect(error).toMatchObject({
      name: 'BlobError',
      blobName: names[0],
      status: 403,
      storageCode: REFUSED_SAS,
    });
    expect(service.requests).toHaveLength(2);
  });

  it('is not renewed without an eTag, as the data may have changed', async () => {
    const { eTag: _, ...old } = stored.manifest(-1_000);
    const { eTag: __, ...renewed } = stored.manifest();
    const service = await scripted(succeeded(old), succeeded(renewed));
    expect(await failure(collect(clientOf(service).lineItems(handle)))).toMatchObject({
      name: 'ContractError',
      where: 'manifest.eTag',
    });
  });

  it('throws a DataVersionError if the renewed manifest has another eTag', async () => {
    const service = await scripted(
      succeeded(stored.manifest(-1_000)),
      succeeded(stored.manifest(3_600_000, { eTag: 'new' })),
    );
    const error = await failure(collect(clientOf(service).lineItems(handle)));
    expect(error).toBeInstanceOf(DataVersionError);
    expect(error).toMatchObject({ code: 'DATA_VERSION', expected: 'a0N3lYhkTzc2', actual: 'new' });
  });
});

describe('reading that stops early', () => {
  it('closes the connection if the caller leaves the loop', async () => {
    const { promise: closed, resolve: close } = deferred();
    const {
      read: _,
      storage,
      service,
    } = await readScripted([
      (_, response) => {
        response.on('close', close);
        response.writeHead(200, { etag: '"1"' });
        response.write(gzipSync('{"Unit":"1"}\n{"Unit":'));
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
    const items: unknown[] = [];
    const result = (async () => {
      if (after === 0) controller.abort(reason);
      for await (const item of clientOf(service).lineItems(handle, { signal: controller.signal })) {
        items.push(item);
        if (items.length === after) controller.abort(reason);
      }
    })();
    expect(await failure(result)).toBe(reason);
    expect(items).toHaveLength(after);
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

describe('onAttempt', () => {
  const blob = gzipSync('{"Unit":"1"}\n');
  const ids = { etag: '"1"', 'x-ms-request-id': 'r-1' };

  it('receives each request to the storage with its outcome', async () => {
    const onAttempt = vi.fn();
    const cut = partial(200, { ...ids, 'content-length': `${blob.length}` }, blob.subarray(0, 8));
    const busy: Answer = { status: 503, headers: { 'retry-after': '0', 'x-ms-request-id': 'r-2' } };
    const rest: Answer = {
      status: 206,
      headers: { ...ids, 'content-range': `bytes 8-${blob.length - 1}/${blob.length}` },
      body: blob.subarray(8),
    };
    const { storage, read } = await readScripted([cut, busy, rest], { onAttempt, retry: { limit: 2 } });
    await read();
    const common = { method: 'GET', url: `${storage.url}/dir/a`, durationMs: expect.any(Number) };
    const [graph, ...attempts] = onAttempt.mock.calls.map(([attempt]) => attempt);
    expect(graph.url).toContain('/operations/');
    expect(attempts).toEqual([
      {
        ...common,
        attempt: 1,
        status: 200,
        requestId: 'r-1',
        error: expect.any(BlobError),
        retryInMs: expect.any(Number),
      },
      { ...common, attempt: 2, status: 503, requestId: 'r-2', error: expect.any(BlobError), retryInMs: 0 },
      { ...common, attempt: 3, status: 206, requestId: 'r-1' },
    ]);
  });

  it('is called for a refused SAS before its renewal', async () => {
    const onAttempt = vi.fn();
    const { service, read } = await readScripted([{ status: 403 }, { headers: ids, body: blob }], { onAttempt });
    await read();
    expect(onAttempt.mock.calls.map(([{ status, attempt, retryInMs }]) => [status, attempt, retryInMs])).toEqual([
      [200, 1, undefined],
      [403, 1, 0],
      [200, 1, undefined],
      [200, 2, undefined],
    ]);
    expect(service.requests).toHaveLength(2);
  });

  it('is called if the caller leaves the loop', async () => {
    const { promise: called, resolve: notify } = deferred();
    const onAttempt = vi.fn(({ url }: Attempt) => {
      if (url.endsWith('/a')) notify();
    });
    const { service } = await readScripted([
      (_, response) => {
        response.writeHead(200, ids);
        response.write(blob);
      },
    ]);
    for await (const _ of clientOf(service, { fetch: directFetch, onAttempt }).lineItems(handle)) break;
    await called;
    expect(onAttempt.mock.calls[1]?.[0]).toMatchObject({ attempt: 1, status: 200 });
  });

  it('that throws ends the read with its error', async () => {
    const thrown = new Error('mine');
    const onAttempt = ({ url }: Attempt) => {
      if (url.endsWith('/a')) throw thrown;
    };
    const { read } = await readScripted([{ headers: ids, body: blob }], { onAttempt });
    expect(await failure(read())).toBe(thrown);
  });
});

it('onProgress receives blobs, bytes and line items', async () => {
  const service = await scripted(succeeded(stored.manifest()));
  const onProgress = vi.fn();
  await collect(clientOf(service).lineItems(handle, { onProgress }));
  const bytes = Object.values(blobs).reduce((sum, blob) => sum + blob.length, 0);
  expect(onProgress.mock.calls.at(0)?.[0]).toMatchObject({ blobs: 0, blobCount: 2 });
  expect(onProgress.mock.calls.at(-1)?.[0]).toEqual({ blobs: 2, blobCount: 2, bytes, lineItems: 2_000 });
});

describe('a blob that breaks off between two gzip members', () => {
  const members = [gzipSync('{"Unit":"1"}\n'), gzipSync('{"Unit":"2"}\n')] as const;
  const [head] = members;
  const all = Buffer.concat(members);

  it.each<[string, ResponseInit, Uint8Array]>([
    ['200 without a length', { status: 200 }, head],
    ['200 with the shorter length', { status: 200, headers: { 'content-length': `${head.length}` } }, head],
    [
      '206 with a shorter total',
      { status: 206, headers: { 'content-range': `bytes ${head.length}-${head.length}/${head.length + 1}` } },
      new Uint8Array(),
    ],
    ['416 at its end', { status: 416, headers: { 'content-range': `bytes */${head.length}` } }, new Uint8Array()],
  ])('is never read as a shorter blob after %s', async (_, init, body) => {
    const etag = '"1"';
    const answers = [
      () => {
        const broken = new ReadableStream({
          start: (stream) => stream.enqueue(Uint8Array.from(head)),
          pull: (stream) => stream.error(new Error('reset')),
        });
        return new Response(broken, { headers: { etag, 'content-length': `${all.length}` } });
      },
      () => {
        const headers = new Headers(init.headers);
        headers.set('etag', etag);
        return new Response(Uint8Array.from(body), { ...init, headers });
      },
    ];
    let requests = 0;
    const client = clientOf(
      { url: 'https://graph.example' },
      { retry: { limit: 1 }, fetch: async () => (answers[requests++] ?? answers[1])?.() ?? new Response() },
    );
    const manifest = {
      eTag: '1',
      rootDirectory: 'https://storage.example/d',
      sasToken: 'sp=r',
      blobs: [{ name: 'a' }],
    };
    expect(await failure(collect(client.lineItems(manifest)))).toMatchObject({ name: 'BlobError', blobName: 'a' });
  });
});
