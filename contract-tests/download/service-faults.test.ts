import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { UnbilledUsageClientOptions } from '../../src/index.ts';
import { downloadExport } from '../../src/node/index.ts';
import {
  blobError,
  containing,
  date,
  download,
  expectComplete,
  expectError,
  faultyStorage,
  first,
  forGood,
  manifestOf,
  second,
  slow,
  stored,
  survive,
  third,
} from '../support/faulty-download.ts';
import { breakOff, type Fault, refuse, withSas } from '../support/faulty-storage.ts';
import { directFetch, expectBreach } from '../support/observe.setup.ts';
import { clientOf, emptyDirectory, example, failure, handle, refusal, scripted, succeeded } from '../support/play.ts';
import type { Answer } from '../support/scripted-server.ts';

describe('a SAS', () => {
  const old = -1_000;

  it.each<[string, () => Fault[], number]>([
    ['that is refused once', () => [refuse(403, { 'x-ms-error-code': 'AuthenticationFailed' })], 2],
    ['that expires half way', () => [breakOff('close', 0.5), withSas(stored.manifest(old).sasToken)], 3],
  ])('%s is renewed', async (_, faults, requests) => {
    const directory = await emptyDirectory();
    const storage = await faultyStorage(faults());
    const renewed = storage.behind(stored.manifest(7_200_000));
    const service = await scripted(succeeded(storage.behind(stored.manifest())), succeeded(renewed));
    await downloadExport(clientOf(service), handle, { directory });
    expect(service.requests).toHaveLength(2);
    expect(storage.of(first)).toHaveLength(requests);
    expect(storage.of(first).at(-1)?.sasToken).toBe(renewed.sasToken);
    await expectComplete(directory);
  });

  it('that is always refused throws a BlobError with status and code', () =>
    survive({
      faults: forGood(refuse(403, { 'x-ms-error-code': 'AuthenticationFailed' })),
      error: blobError('refused with 403 AuthenticationFailed', { status: 403, storageCode: 'AuthenticationFailed' }),
      requests: 2,
    }));

  it('that has expired is renewed before the first blob is requested', async () => {
    const directory = await emptyDirectory();
    const storage = await faultyStorage();
    const renewed = storage.behind(stored.manifest());
    const service = await scripted(succeeded(storage.behind(stored.manifest(old))), succeeded(renewed));
    await downloadExport(clientOf(service), handle, { directory });
    expect(service.requests).toHaveLength(2);
    expect(storage.requests.map(({ sasToken }) => sasToken)).toEqual(Array(3).fill(renewed.sasToken));
    await expectComplete(directory);
  });

  it('that is about to expire is renewed before its use, once for all blobs', async () => {
    const directory = await emptyDirectory();
    const storage = await faultyStorage();
    const renewed = storage.behind(stored.manifest());
    const service = await scripted(succeeded(storage.behind(stored.manifest(60_000))), succeeded(renewed));
    await downloadExport(clientOf(service), handle, { directory });
    expect(service.requests).toHaveLength(2);
    expect(storage.requests.map(({ sasToken }) => sasToken)).toEqual(Array(3).fill(renewed.sasToken));
    await expectComplete(directory);
  });

  it.each<[string, Fault[], number]>([
    ['refused in the middle of a blob', [breakOff('close', 0.5), refuse(403)], 3_600_000],
    ['about to expire', [], 60_000],
  ])('%s throws a DataVersionError if the renewed one is for other data', async (_, faults, validForMs) => {
    const directory = await emptyDirectory();
    const storage = await faultyStorage(faults);
    const service = await scripted(
      succeeded(storage.behind(stored.manifest(validForMs))),
      succeeded(storage.behind(stored.manifest(3_600_000, { eTag: 'new' }))),
    );
    expectError(await failure(downloadExport(clientOf(service), handle, { directory })), {
      name: 'DataVersionError',
      expected: 'a0N3lYhkTzc2',
      actual: 'new',
    });
    await download(storage.behind(stored.manifest()), directory);
    await expectComplete(directory);
  });

  it('is renewed with the next token of the credential after a 401', async () => {
    const directory = await emptyDirectory();
    const storage = await faultyStorage([breakOff('close', 0.5), refuse(403)]);
    const good = succeeded(storage.behind(stored.manifest()));
    const service = await scripted(good, refusal(401), good);
    const tokens = ['first', 'second', 'third'];
    await downloadExport(clientOf(service, { credential: () => tokens.shift() ?? '' }), handle, { directory });
    expect(service.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer first',
      'Bearer second',
      'Bearer third',
    ]);
    await expectComplete(directory);
  });

  it.each([404, 410])('throws a GraphRequestError if its renewal is answered with %i', async (status) => {
    const directory = await emptyDirectory();
    const storage = await faultyStorage([breakOff('close', 0.5), refuse(403)]);
    const service = await scripted(succeeded(storage.behind(stored.manifest())), refusal(status));
    const error = await failure(downloadExport(clientOf(service), handle, { directory }));
    expectError(error, { name: 'GraphRequestError', status });
    await download(storage.behind(stored.manifest()), directory);
    await expectComplete(directory);
  });
});

describe('a manifest', () => {
  it('without blobs is an export without line items', async () => {
    const directory = await emptyDirectory();
    const result = await download(manifestOf({}), directory);
    expect(result).toEqual({ directory, files: [], bytes: 0, lineItems: 0 });
    expect(await download(manifestOf({}), directory)).toEqual(result);
    await expectComplete(directory, {});
  });

  it.each<[string, string[], number | undefined, string]>([
    ['with a repeated name', [first, first], 2, 'manifest.blobs[1].name'],
    ['with two names that are the same on some systems', [first, first.toUpperCase()], 2, 'manifest.blobs[1].name'],
    ['that counts more blobs than it lists', [first, second], 3, 'manifest.blobCount'],
    ['that counts fewer blobs than it lists', [first, second, third], 2, 'manifest.blobCount'],
  ])('%s throws a ContractError, and no blob is fetched', async (_, names, blobCount, where) => {
    const directory = await emptyDirectory();
    const storage = await faultyStorage();
    const wrong = storage.behind(stored.manifest(3_600_000, { blobs: names.map((name) => ({ name })) }));
    const error = await failure(download({ ...wrong, ...(blobCount !== undefined && { blobCount }) }, directory));
    expectError(error, { name: 'ContractError', where, handle: { operationId: handle.operationId } });
    expect(storage.requests).toEqual([]);
    await download(storage.behind(stored.manifest()), directory);
    await expectComplete(directory);
  });

  it.each([
    '.',
    '..',
    '../x',
    '../../x',
    'x/../../y',
    '/etc/x-unbilled',
    'a/b',
    'a\\b',
    '..\\x',
    'a\0b',
    'a\nb',
    'C:x',
    'con.gz',
    'NUL',
    'x.',
    'x ',
    '\ud800',
    'export.json',
    'EXPORT.json',
    'export.lock',
    'x.partial',
    'x.PARTIAL',
    'x'.repeat(300),
    'é'.repeat(150),
  ])('with the blob name %j throws a ContractError, and nothing is written outside', async (name) => {
    const parent = await emptyDirectory();
    const directory = join(parent, 'sub', 'out');
    await mkdir(join(parent, 'sub'));
    const storage = await faultyStorage();
    const wrong = storage.behind(stored.manifest(3_600_000, { blobs: [{ name: first }, { name }], blobCount: 2 }));
    expectError(await failure(download(wrong, directory)), {
      name: 'ContractError',
      where: 'manifest.blobs[1].name',
      handle: { operationId: handle.operationId },
    });
    expect(storage.requests).toEqual([]);
    expect((await readdir(parent, { recursive: true })).sort()).toEqual(['sub', 'sub/out', 'sub/out/export.json']);
    expect(existsSync('/etc/x-unbilled')).toBe(false);
    await download(storage.behind(stored.manifest()), directory);
    await expectComplete(directory);
  });
});

describe('a service', () => {
  const good = () => succeeded(stored.manifest());
  const cut: Answer = (_, response) => response.socket?.resetAndDestroy();
  const stall: Answer = () => {};
  const half: Answer = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
    response.write('{"@odata.type":', () => response.destroy());
  };

  it.each<[string, Answer[], Partial<UnbilledUsageClientOptions>?]>([
    ['answers 429 with seconds', [refusal(429, { 'retry-after': '0' })], { retry: slow }],
    ['answers 429 with a date', [refusal(429, { 'retry-after': date, date })], { retry: slow }],
    ['answers 500, 503 and 504', [500, 503, 504].map((status) => refusal(status))],
    ['breaks the connection before and within the response', [cut, half]],
    ['does not answer', [stall], { timeoutMs: 300, fetch: directFetch }],
    ['refuses an expired token', [refusal(401)], { credential: () => 'another' }],
  ])('that %s once is polled again until it returns the manifest', async (_, faults, options) => {
    const directory = await emptyDirectory();
    const service = await scripted(...faults, good());
    await downloadExport(clientOf(service, options), handle, { directory });
    expect(service.requests).toHaveLength(faults.length + 1);
    await expectComplete(directory);
  });

  it.each<[string, Answer, object, RegExp[]?]>([
    ['has lost the operation', refusal(404), { name: 'GraphRequestError', status: 404 }],
    ['lets the operation expire', refusal(410), { name: 'GraphRequestError', status: 410 }],
    ['refuses the token', refusal(401), { name: 'GraphRequestError', status: 401 }],
    ['is down', refusal(503), { name: 'GraphRequestError', status: 503 }],
    [
      'resets each connection',
      cut,
      { name: 'NetworkError', attempts: 5, message: containing('got no answer on attempt 5: ') },
    ],
    [
      'redirects on the same origin',
      { status: 302, headers: { location: '/x' } },
      { name: 'GraphRequestError', status: 302 },
      [/^response status: GET 302/],
    ],
    [
      'answers with a page',
      { body: '<html></html>', headers: { 'content-type': 'text/html' } },
      { name: 'ContractError', where: 'body' },
      [/^response body: GET 200 has the media type/],
    ],
    ['failed the export', { body: example('failedOther') }, { name: 'ExportFailedError', graphCode: '5001' }],
    ['has no data', { body: example('failedNoData') }, { name: 'ExportFailedError', noData: true }],
  ])('that %s leads to a specific error, and the next run is complete', async (name, answer, error, breach = []) => {
    expectBreach(...breach);
    const directory = await emptyDirectory();
    const broken = await scripted(answer);
    const expected = name.includes('resets') ? { name: 'NetworkError', attempts: 5 } : error;
    expectError(await failure(downloadExport(clientOf(broken), handle, { directory })), expected);
    await download(stored.manifest(), directory);
    await expectComplete(directory);
  });

  it('that redirects to another origin does not forward the request or the token', async () => {
    expectBreach(/^response status: GET 307/);
    const directory = await emptyDirectory();
    const elsewhere = await scripted(good());
    const service = await scripted({ status: 307, headers: { location: `${elsewhere.url}/v1.0/x` } });
    const error = await failure(downloadExport(clientOf(service), handle, { directory }));
    expectError(error, { name: 'GraphRequestError', status: 307 });
    expect(elsewhere.requests).toEqual([]);
    await download(stored.manifest(), directory);
    await expectComplete(directory);
  });

  it('whose operation never ends is polled until the deadline', async () => {
    const directory = await emptyDirectory();
    const service = await scripted({ body: example('running'), headers: { 'retry-after': '60' } });
    const error = await failure(downloadExport(clientOf(service), handle, { directory, timeoutMs: 60_000 }));
    expectError(error, { name: 'WaitTimeoutError', handle, lastStatus: { state: 'running' } });
    await download(stored.manifest(), directory);
    await expectComplete(directory);
  });
});
