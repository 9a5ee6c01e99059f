import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { appendFile, lstat, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { type Manifest, type UnbilledUsageClientOptions, UnbilledUsageError } from '../src/index.ts';
import { type DownloadOptions, type DownloadResult, downloadExport } from '../src/node/index.ts';
import {
  alter,
  breakOff,
  emulator,
  type Fault,
  hold,
  memory,
  refuse,
  silent,
  startFaultyStorage,
  withSas,
} from './harness/faulty-storage.ts';
import { directFetch, expectBreach } from './harness/observe.setup.ts';
import { partnerMonth, toBlob, toLine } from './harness/partner-month.ts';
import {
  clientOf,
  deferred,
  emptyDirectory,
  example,
  failure,
  handle,
  refusal,
  scripted,
  succeeded,
} from './harness/play.ts';
import type { Answer } from './harness/scripted-server.ts';
import { type StoredExport, storeExport } from './harness/storage.ts';

type Blobs = Record<string, Uint8Array>;

const month = [...partnerMonth(600)];
const [first, second, third] = ['part-00000.json.gz', 'part-00001.json.gz', 'part-00002.json.gz'] as const;
const blobs: Blobs = {
  [first]: toBlob(month.slice(0, 200)),
  [second]: toBlob(month.slice(200, 400)),
  [third]: toBlob(month.slice(400)),
};
const size = blobs[first]?.length ?? 0;
let stored: StoredExport;

beforeAll(async () => {
  stored = await storeExport(inject('storageUrl'), blobs);
});

/** Blobs are fetched past the observer, whose copy of a body would keep a stalled connection open. */
const unobserved: typeof fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  return (url.pathname.includes('/reports/') ? globalThis.fetch : directFetch)(input, init);
};

/** The storage emulator behind a door with these faults for one of the blobs in turn, until it is healed. */
async function faultyStorage(
  faults: readonly Fault[] = [],
  blob: string = first,
  origin?: ReturnType<typeof emulator>,
) {
  const left = [...faults];
  const storage = await startFaultyStorage(origin ?? emulator(inject('storageUrl')), (asked) =>
    asked === blob ? left.shift() : undefined,
  );
  onTestFinished(storage.close);
  const of = (name: string) => storage.requests.filter(({ blob }) => blob === name);
  return { ...storage, of, heal: () => void left.splice(0) };
}

/** The same blobs in memory instead of the emulator. */
function inMemory(
  given: Blobs,
  faults: readonly Fault[] = [],
  md5: (bytes: Uint8Array) => string | undefined = () => undefined,
) {
  return faultyStorage(faults, Object.keys(given)[0], memory(given, md5));
}

/** The manifest of these blobs. */
function manifestOf(given: Blobs, changes: Partial<Manifest> = {}): Manifest {
  const names = Object.keys(given);
  return stored.manifest(3_600_000, { blobs: names.map((name) => ({ name })), blobCount: names.length, ...changes });
}

/** A download of a manifest, through a service of its own. */
async function download(
  manifest: Manifest,
  directory: string,
  options: Partial<UnbilledUsageClientOptions> = {},
  run: Partial<DownloadOptions> = {},
): Promise<DownloadResult> {
  return downloadExport(clientOf(await scripted(succeeded(manifest)), options), handle, { directory, ...run });
}

/** Byte for byte what is stored, the state, and nothing else. */
async function expectComplete(directory: string, given: Blobs = blobs): Promise<void> {
  expect((await readdir(directory)).sort()).toEqual(['export.json', ...Object.keys(given)].sort());
  for (const [name, bytes] of Object.entries(given)) {
    if (Buffer.compare(readFileSync(join(directory, name)), bytes)) throw new Error(`${name} has other bytes`);
  }
}

/** A run that has ended writes nothing more, and leaves the directory to the next one. */
function expectUnlocked(directory: string): void {
  const names = readdirSync(directory);
  expect(names.filter((name) => name.startsWith('export.lock') || name === 'export.json.partial')).toEqual([]);
}

/** An error of the library, with this, that shows no SAS. */
function expectError(thrown: unknown, expected: object): void {
  expect(thrown).toBeInstanceOf(UnbilledUsageError);
  expect(thrown).toMatchObject(expected);
  expect(`${(thrown as Error).stack} ${JSON.stringify(thrown)}`).not.toContain('sig=');
}

const saying = (text: string) => expect.stringContaining(text);
const blobError = (message: string, fields: object = {}) => ({
  name: 'BlobError',
  blobName: first,
  message: saying(message),
  ...fields,
});

interface Case {
  faults: readonly Fault[];
  /** What the first run is rejected with; it is complete when there is none. */
  error?: object;
  client?: Partial<UnbilledUsageClientOptions>;
  breach?: RegExp[];
  /** How often the first run asks for the blob with the faults. */
  requests?: number;
}

/** One run with the faults, complete or with its error; then an undisturbed one, complete. */
async function survive({ faults, error, client = {}, breach = [], requests }: Case): Promise<void> {
  expectBreach(...breach);
  const directory = await emptyDirectory();
  const storage = await faultyStorage(faults);
  const manifest = storage.behind(stored.manifest());
  const running = download(manifest, directory, client);
  if (error) {
    const thrown = await failure(running);
    expectUnlocked(directory);
    expectError(thrown, error);
  } else {
    expect((await running).lineItems).toBe(month.length);
    await expectComplete(directory);
  }
  if (requests !== undefined) expect(storage.of(first)).toHaveLength(requests);

  storage.heal();
  const result = await download(manifest, directory);
  await expectComplete(directory);
  const bytes = Object.values(blobs).reduce((sum, blob) => sum + blob.length, 0);
  expect(result).toMatchObject({ bytes, lineItems: month.length });
}

const times = (count: number, fault: Fault): Fault[] => Array.from({ length: count }, () => fault);
const forGood = (fault: Fault) => times(20, fault);
const slow = { baseDelayMs: 3_600_000, maxDelayMs: 3_600_000 };
const impatient = { timeoutMs: 300, fetch: unobserved };
const corrupt = [/^blob: is corrupt/];
const date = 'Tue, 01 Oct 2024 06:00:00 GMT';

describe('a storage that asks for patience', () => {
  it.each<[string, Case]>([
    ['429 with seconds', { faults: [refuse(429, { 'retry-after': '0' })], client: { retry: slow }, requests: 2 }],
    ['429 with a date', { faults: [refuse(429, { 'retry-after': date, date })], client: { retry: slow }, requests: 2 }],
    ['429 with a malformed Retry-After', { faults: [refuse(429, { 'retry-after': 'soon' })], requests: 2 }],
    ['429 without a Retry-After', { faults: [refuse(429)], requests: 2 }],
    ['a 500, 502, 503 and 504', { faults: [500, 502, 503, 504].map((status) => refuse(status)), requests: 5 }],
    ...[429, 500, 502, 503, 504].flatMap((status): [string, Case][] => [
      [`${status}, three times`, { faults: times(3, refuse(status)), requests: 4 }],
      [
        `${status}, for good`,
        { faults: forGood(refuse(status)), error: blobError(`refused with ${status}`, { status }), requests: 5 },
      ],
    ]),
  ])('%s', (_, faults) => survive(faults));
});

describe('a connection', () => {
  it.each<[string, Case]>([
    ['reset before the answer', { faults: [silent('reset')], requests: 2 }],
    ['reset behind the headers', { faults: [breakOff('reset', 0)], requests: 2 }],
    ['reset in the body', { faults: [breakOff('reset', 0.5)], requests: 2 }],
    ['reset in a chunked body', { faults: [breakOff('reset', 0.5, 'chunked')], requests: 2 }],
    ['closed behind the body', { faults: [breakOff('close', 1)], requests: 1 }],
    [
      'closed behind a chunked body, before it has said that this is all',
      { faults: [breakOff('close', 1, 'chunked')] },
    ],
    ['reset for good', { faults: forGood(silent('reset')), error: blobError('broke off after 0 bytes'), requests: 5 }],
    ['that stalls before the answer', { faults: [silent('stall')], client: impatient, requests: 2 }],
    ['that stalls behind the headers', { faults: [breakOff('stall', 0)], client: impatient, requests: 2 }],
    ['that stalls in the body', { faults: [breakOff('stall', 0.5)], client: impatient, requests: 2 }],
    [
      'that stalls for good',
      {
        faults: [breakOff('stall', 0.5), ...forGood(silent('stall'))],
        client: { ...impatient, timeoutMs: 100, retry: { limit: 1 } },
        error: { name: 'BlobError', message: saying('timed out after 100 ms') },
      },
    ],
  ])('%s', (_, faults) => survive(faults));

  it('that is refused is a BlobError that says so; the next run finds the storage again', async () => {
    const directory = await emptyDirectory();
    const gone = await faultyStorage();
    const manifest = gone.behind(stored.manifest());
    await gone.close();
    expectError(await failure(download(manifest, directory)), { name: 'BlobError', message: saying('ECONNREFUSED') });
    await download(stored.manifest(), directory);
    await expectComplete(directory);
  });
});

describe('a body', () => {
  const half = (body: Buffer) => body.subarray(0, body.length / 2);
  const flip = (body: Buffer) => body.fill((body[body.length >> 1] ?? 0) ^ 1, body.length >> 1, (body.length >> 1) + 1);
  /** The text of a gzip that is only stored lies there as it is; 1 MB of it, so that line 1 comes before the checksum. */
  const flipInText = (body: Buffer) => {
    const text = Array(4).fill(gunzipSync(body).toString()).join('');
    const gzip = gzipSync(text, { level: 0 });
    return gzip.fill('!', gzip.indexOf('{'), gzip.indexOf('{') + 1);
  };
  /** Which of the two depends on where the bit is: a line can be no JSON long before the checksum is wrong. */
  const damaged = { name: expect.stringMatching(/^(Blob|LineItem)Error$/), blobName: first };
  const garbage = (body: Buffer) => Buffer.concat([body, Buffer.from('garbage')]);
  const zeros = (body: Buffer) => Buffer.concat([body, Buffer.alloc(512)]);
  const lost = [breakOff('close', 0.5), refuse(503)];
  const insert = (line: string) => (body: Buffer) =>
    gzipSync(`${toLine(month[0] ?? {})}\n${line}\n${gunzipSync(body).toString()}`);

  it.each<[string, Case]>([
    ['cut short of its Content-Length', { faults: [breakOff('close', 0.5)], requests: 2 }],
    [
      'cut short of its Content-Length again and again, each time without a byte',
      {
        faults: [breakOff('close', 0.5), ...forGood(breakOff('close', 0))],
        error: blobError(`broke off after ${size >> 1} bytes`),
        requests: 5,
      },
    ],
    ['cut short without a Content-Length', { faults: [alter(half, 'chunked')], breach: corrupt, requests: 2 }],
    [
      'cut short without a Content-Length, for good',
      { faults: forGood(alter(half, 'chunked')), error: blobError('is corrupt'), breach: corrupt, requests: 2 },
    ],
    ['that is a truncated gzip, once', { faults: [alter(half)], breach: corrupt, requests: 2 }],
    [
      'that is a truncated gzip, for good',
      { faults: forGood(alter(half)), error: blobError('is corrupt'), breach: corrupt, requests: 2 },
    ],
    ['that is empty without a Content-Length', { faults: [alter(() => Buffer.alloc(0), 'chunked')], requests: 2 }],
    ['with more bytes than its Content-Length', { faults: [alter(garbage, 'true')] }],
    ['with more bytes than the rest that was asked for', { faults: [...lost, alter(garbage, 'chunked')], requests: 4 }],
    ['with a flipped bit, once', { faults: [alter(flip)], breach: corrupt, requests: 2 }],
    ['with a flipped bit, for good', { faults: forGood(alter(flip)), error: damaged, breach: corrupt, requests: 2 }],
    [
      'with a flipped bit that breaks a line long before the checksum, once',
      { faults: [alter(flipInText)], breach: corrupt, requests: 2 },
    ],
    [
      'with a flipped bit that breaks a line long before the checksum, for good',
      { faults: forGood(alter(flipInText)), error: damaged, breach: corrupt, requests: 2 },
    ],
    ['with garbage behind the gzip, once', { faults: [alter(garbage)], breach: corrupt, requests: 2 }],
    [
      'with garbage behind the gzip, for good',
      { faults: forGood(alter(garbage)), error: blobError('is corrupt'), breach: corrupt, requests: 2 },
    ],
    // The observer takes zeros for padding, as gunzip does.
    ['with zeros behind the gzip, for good', { faults: forGood(alter(zeros)), error: blobError('trailing data') }],
    [
      'with a line that is not JSON',
      {
        faults: forGood(alter(insert('not JSON'))),
        error: { name: 'LineItemError', blobName: first, lineNumber: 2, message: saying('not JSON') },
        breach: [/^line item: line 2 is not JSON/],
      },
    ],
    [
      'with 20 MB in a line that is not JSON: the message stays short',
      {
        faults: forGood(alter(insert('x'.repeat(20_000_000)))),
        error: { name: 'LineItemError', lineNumber: 2, message: expect.stringMatching(/^.{1,500}$/) },
        client: { fetch: unobserved },
      },
    ],
  ])('%s', (_, faults) => survive(faults));

  it('with a line item of 20 MB is complete', async () => {
    const directory = await emptyDirectory();
    const large = { [first]: gzipSync(`{"Tags":"${'x'.repeat(20_000_000)}"}\n{"Unit":"1"}`) };
    const storage = await inMemory(large);
    const result = await download(storage.behind(manifestOf(large)), directory, { fetch: unobserved });
    expect(result).toMatchObject({ bytes: large[first]?.length, lineItems: 2 });
    await expectComplete(directory, large);
  });

  const right = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('base64');
  const wrong = () => right(new Uint8Array());
  /** The header of the gzip holds a time that no checksum of its own covers. */
  const otherTime = (body: Buffer) => body.fill(0xff, 4, 8);

  it.each<[string, Fault[], (bytes: Uint8Array) => string, object | undefined]>([
    ['that agrees', [], right, undefined],
    ['that disagrees once', [alter((body) => body, 'stated', { 'content-md5': wrong() })], right, undefined],
    [
      'of another body that is as good a gzip, once',
      [alter(otherTime, 'stated', { 'content-md5': right(blobs[first] ?? new Uint8Array()) })],
      right,
      undefined,
    ],
    ['that disagrees for good', [], wrong, blobError(`the storage names ${wrong()}`)],
    ['that disagrees in the answer to a range', [breakOff('close', 0.5)], wrong, blobError('has the MD5')],
  ])('with a Content-MD5 %s', async (_, faults, md5, error) => {
    const only = { [first]: blobs[first] ?? new Uint8Array() };
    const directory = await emptyDirectory();
    const storage = await inMemory(only, faults, md5);
    const running = download(storage.behind(manifestOf(only)), directory);
    if (error) expectError(await failure(running), error);
    else await running;
    await download((await inMemory(only, [], right)).behind(manifestOf(only)), directory);
    await expectComplete(directory, only);
  });
});

describe('a range', () => {
  const cut = breakOff('close', 0.5);
  const other = { etag: '"0xOTHER"' };

  it('is asked for from the byte where the first answer ended, with If-Match', async () => {
    const directory = await emptyDirectory();
    const storage = await faultyStorage([cut]);
    await download(storage.behind(stored.manifest()), directory);
    expect(storage.of(first)).toMatchObject([
      { range: undefined, ifMatch: undefined },
      { range: `bytes=${size >> 1}-`, ifMatch: expect.stringMatching(/^"0x\w+"$/) },
    ]);
    await expectComplete(directory);
  });

  /** As if no range had been asked for. */
  const whole: Fault = (response) => {
    response.writeHead(200, { etag, 'content-length': `${size}` });
    response.end(blobs[first]);
  };
  let etag = '';
  const noting: Fault = async (response, ask) => {
    etag = (await ask()).headers.etag ?? '';
    return cut(response, ask);
  };

  it.each<[string, Case]>([
    ['answered with the whole blob and 200: no byte is there twice', { faults: [noting, whole], requests: 2 }],
    [
      'answered from another offset',
      {
        faults: [cut, alter((body) => body, 'stated', { 'content-range': `bytes 0-${size - 1}/${size}` })],
        error: blobError('another offset'),
      },
    ],
    [
      'answered with 416 for a blob that has become shorter',
      {
        faults: [cut, refuse(416, { 'content-range': 'bytes */7', 'x-ms-error-code': 'InvalidRange' })],
        error: blobError('refused with 416', { status: 416, storageCode: 'InvalidRange' }),
      },
    ],
    [
      'answered with 416 without a length',
      { faults: [cut, refuse(416)], error: blobError('refused with 416', { status: 416 }) },
    ],
    [
      'answered with 412',
      {
        faults: [cut, refuse(412, { 'x-ms-error-code': 'ConditionNotMet' })],
        error: blobError('refused with 412', { status: 412, storageCode: 'ConditionNotMet' }),
      },
    ],
    [
      'answered with another blob',
      { faults: [cut, alter((body) => body, 'stated', other)], error: blobError('changed while it was read') },
    ],
    [
      'answered with 404',
      {
        faults: [cut, refuse(404, { 'x-ms-error-code': 'BlobNotFound' })],
        error: blobError('refused with 404', { status: 404, storageCode: 'BlobNotFound' }),
      },
    ],
  ])('%s', (_, faults) => survive(faults));
});

describe('a blob', () => {
  const old = { [first]: toBlob(month.slice(400)) };
  const now = { [first]: toBlob(month.slice(0, 200)) };
  const replaced = blobError('refused with 412', { status: 412 });

  it('that was replaced while it was read: a BlobError, and the next run has the new one', async () => {
    const directory = await emptyDirectory();
    const served = { ...old };
    const storage = await inMemory(served, [
      breakOff('close', 0.5),
      async (response, ask) => {
        Object.assign(served, now);
        return alter((body) => body)(response, ask);
      },
    ]);
    const manifest = storage.behind(manifestOf(now));
    expectError(await failure(download(manifest, directory)), replaced);
    await download(manifest, directory);
    await expectComplete(directory, now);
  });

  it('that was replaced between two runs: a BlobError, and the next run has the new one', async () => {
    const directory = await emptyDirectory();
    const before = await inMemory(old, [breakOff('close', 0.5), ...forGood(refuse(503))]);
    expectError(await failure(download(before.behind(manifestOf(old)), directory)), blobError('refused with 503'));
    const manifest = (await inMemory(now)).behind(manifestOf(now));
    expectError(await failure(download(manifest, directory)), replaced);
    await download(manifest, directory);
    await expectComplete(directory, now);
  });

  it('whose new bytes come with 200 instead of 412: a BlobError, and the next run has the new one', async () => {
    const directory = await emptyDirectory();
    const before = await inMemory(old, [breakOff('close', 0.5), ...forGood(refuse(503))]);
    expectError(await failure(download(before.behind(manifestOf(old)), directory)), blobError('refused with 503'));
    const regardless: Fault = (response) => {
      response.writeHead(200, { etag: '"0xNEW"', 'content-length': `${size}` });
      response.end(now[first]);
    };
    const manifest = (await inMemory(now, [regardless])).behind(manifestOf(now));
    expectError(await failure(download(manifest, directory)), blobError('changed while it was read'));
    const again = await download(manifest, directory).catch((error: unknown) => error);
    if (again instanceof Error) {
      expectError(again, replaced); // What is there is of the old one still: found out now, at the latest.
      await download(manifest, directory);
    }
    await expectComplete(directory, now);
  });

  it.each<[string, Case]>([
    [
      'that is not there',
      {
        faults: [refuse(404, { 'x-ms-error-code': 'BlobNotFound' })],
        error: blobError('refused with 404 BlobNotFound', { status: 404, storageCode: 'BlobNotFound' }),
        requests: 1,
      },
    ],
    [
      'redirected on the same origin',
      { faults: [refuse(302, { location: '/x' })], error: blobError('refused with 302', { status: 302 }) },
    ],
  ])('%s', (_, faults) => survive(faults));

  it('redirected to another origin: that gets no request, so no SAS', async () => {
    const elsewhere = await scripted({ body: '{}' });
    await survive({
      faults: [refuse(307, { location: `${elsewhere.url}/${first}` })],
      error: blobError('refused with 307', { status: 307 }),
    });
    expect(elsewhere.requests).toEqual([]);
  });
});

describe('a SAS', () => {
  const old = -1_000;

  it.each<[string, () => Fault[], number]>([
    ['refused once', () => [refuse(403, { 'x-ms-error-code': 'AuthenticationFailed' })], 2],
    ['that runs out half way', () => [breakOff('close', 0.5), withSas(stored.manifest(old).sasToken)], 3],
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

  it('refused for good is a BlobError with status and code', () =>
    survive({
      faults: forGood(refuse(403, { 'x-ms-error-code': 'AuthenticationFailed' })),
      error: blobError('refused with 403 AuthenticationFailed', { status: 403, storageCode: 'AuthenticationFailed' }),
      requests: 2,
    }));

  it('that has run out for all blobs is renewed before one is asked for', async () => {
    const directory = await emptyDirectory();
    const storage = await faultyStorage();
    const renewed = storage.behind(stored.manifest());
    const service = await scripted(succeeded(storage.behind(stored.manifest(old))), succeeded(renewed));
    await downloadExport(clientOf(service), handle, { directory });
    expect(service.requests).toHaveLength(2);
    expect(storage.requests.map(({ sasToken }) => sasToken)).toEqual(Array(3).fill(renewed.sasToken));
    await expectComplete(directory);
  });

  it('about to run out is renewed before it is used, once for all blobs', async () => {
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
    ['refused in the middle', [breakOff('close', 0.5), refuse(403)], 3_600_000],
    ['about to run out', [], 60_000],
  ])('%s, with other data behind the renewed one, is a DataVersionError', async (_, faults, validForMs) => {
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

  it('whose renewal meets a 401 is renewed with the credential’s next token', async () => {
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

  it.each([404, 410])('whose renewal meets a %i is a GraphRequestError', async (status) => {
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
    ['with a name twice', [first, first], 2, 'manifest.blobs[1].name'],
    ['with two names that some systems take for one', [first, first.toUpperCase()], 2, 'manifest.blobs[1].name'],
    ['that counts more blobs than it lists', [first, second], 3, 'manifest.blobCount'],
    ['that counts fewer blobs than it lists', [first, second, third], 2, 'manifest.blobCount'],
  ])('%s is a ContractError, and no blob is fetched', async (_, names, blobCount, where) => {
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
  ])('with the blob name %j is a ContractError, and nothing is written outside', async (name) => {
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
    ['cuts the connection before and in the answer', [cut, half]],
    ['does not answer', [stall], { timeoutMs: 300, fetch: directFetch }],
    ['refuses a token that has run out', [refusal(401)], { credential: () => 'another' }],
  ])('that %s once gives the manifest in the end', async (_, faults, options) => {
    const directory = await emptyDirectory();
    const service = await scripted(...faults, good());
    await downloadExport(clientOf(service, options), handle, { directory });
    expect(service.requests).toHaveLength(faults.length + 1);
    await expectComplete(directory);
  });

  it.each<[string, Answer, object, RegExp[]?]>([
    ['has lost the operation', refusal(404), { name: 'GraphRequestError', status: 404 }],
    ['has let the operation expire', refusal(410), { name: 'GraphRequestError', status: 410 }],
    ['refuses the token', refusal(401), { name: 'GraphRequestError', status: 401 }],
    ['is down', refusal(503), { name: 'GraphRequestError', status: 503 }],
    ['resets each connection', cut, { name: 'NetworkError', attempts: 5, message: saying('after') }],
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
  ])('that %s: an error that says so, and the next run is complete', async (name, answer, error, breach = []) => {
    expectBreach(...breach);
    const directory = await emptyDirectory();
    const broken = await scripted(answer);
    const expected = name.includes('resets') ? { name: 'NetworkError', attempts: 5 } : error;
    expectError(await failure(downloadExport(clientOf(broken), handle, { directory })), expected);
    await download(stored.manifest(), directory);
    await expectComplete(directory);
  });

  it('that redirects to another origin: that gets no request, so no token', async () => {
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

  it('whose operation never ends is waited for until the deadline', async () => {
    const directory = await emptyDirectory();
    const service = await scripted({ body: example('running'), headers: { 'retry-after': '60' } });
    const error = await failure(downloadExport(clientOf(service), handle, { directory, timeoutMs: 60_000 }));
    expectError(error, { name: 'WaitTimeoutError', handle, lastStatus: { state: 'running' } });
    await download(stored.manifest(), directory);
    await expectComplete(directory);
  });
});

describe('a directory', () => {
  it.each<[string, (parent: string) => string | Promise<string>]>([
    [
      'below a file',
      async (parent) => {
        await writeFile(join(parent, 'file'), '');
        return join(parent, 'file', 'out');
      },
    ],
    [
      'that is a file',
      async (parent) => {
        await writeFile(join(parent, 'file'), '');
        return join(parent, 'file');
      },
    ],
    ['that cannot be written', () => '/proc/sys'],
    ['with a NUL', (parent) => `${parent}/a\0b`],
  ])('%s is a DirectoryError, and nothing is sent', async (_, pathIn) => {
    const directory = await pathIn(await emptyDirectory());
    const service = await scripted(succeeded(stored.manifest()));
    const error = await failure(downloadExport(clientOf(service), handle, { directory }));
    expectError(error, { name: 'DirectoryError', code: 'DIRECTORY', path: saying(directory) });
    expect(service.requests).toEqual([]);
  });

  it('with files of somebody else is a DirectoryError, and they stay', async () => {
    const directory = await emptyDirectory();
    await writeFile(join(directory, first), 'mine');
    expectError(await failure(download(stored.manifest(), directory)), { name: 'DirectoryError', path: directory });
    expect(await readdir(directory)).toEqual([first]);
    expect(await readFile(join(directory, first), 'utf8')).toBe('mine');
  });

  it('of another export is a DirectoryError; restart takes it', async () => {
    const directory = await emptyDirectory();
    const other = { ...handle, operationId: 'another' };
    const running = await scripted(refusal(404));
    await failure(downloadExport(clientOf(running), other, { directory }));
    const error = await failure(download(stored.manifest(), directory));
    expectError(error, { name: 'DirectoryError', path: directory, message: saying('holds export another') });
    await download(stored.manifest(), directory, {}, { restart: true });
    await expectComplete(directory);
  });

  it('on a disk that is full is a DirectoryError; with space, the next run goes on', async ({ skip }) => {
    const directory = await emptyDirectory();
    const run = promisify(execFile);
    const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory]).catch((error) => error);
    if (mounted instanceof Error) return skip(`no tmpfs can be mounted here: ${mounted.message}`);
    onTestFinished(async () => {
      await run('umount', [directory]);
    });
    const large = Object.fromEntries(
      [first, second].map((name) => [name, gzipSync(`{"Tags":"${randomBytes(900_000).toString('hex')}"}\n`)]),
    );
    const storage = await inMemory(large);
    const manifest = storage.behind(manifestOf(large));
    expectError(await failure(download(manifest, directory)), {
      name: 'DirectoryError',
      path: saying(directory),
      message: saying('ENOSPC'),
    });
    await run('mount', ['-o', 'remount,size=8m', directory]);
    const result = await download(manifest, directory);
    expect(result).toMatchObject({ lineItems: 2 });
    await expectComplete(directory, large);
  });

  it.each(['', '{', 'null', '7', '"text"', '[]', '{"blobs":null}', '{"blobs":{"x":null}}'])(
    'whose export.json is %j: a DirectoryError that names it, or gone on with, and restart helps',
    async (text) => {
      const directory = await emptyDirectory();
      await writeFile(join(directory, 'export.json'), text);
      const outcome = await download(stored.manifest(), directory).catch((error: unknown) => error);
      if (outcome instanceof Error) {
        expectError(outcome, { name: 'DirectoryError', path: join(directory, 'export.json') });
        await rm(join(directory, 'export.json'));
        await download(stored.manifest(), directory, {}, { restart: true });
      }
      await expectComplete(directory);
    },
  );
});

/** A directory in which a run has stopped half way through the first blob, by an abort. */
async function stopped(): Promise<{ directory: string; storage: Awaited<ReturnType<typeof faultyStorage>> }> {
  const directory = await emptyDirectory();
  const storage = await faultyStorage([breakOff('stall', 0.5)]);
  const controller = new AbortController();
  const reason = new Error('enough');
  const onProgress = ({ bytes }: { bytes: number }) => {
    if (bytes > 0) controller.abort(reason);
  };
  const one = { blobs: [{ name: first }, { name: second }, { name: third }] };
  const running = download(
    storage.behind(stored.manifest(3_600_000, one)),
    directory,
    { fetch: unobserved },
    { signal: controller.signal, concurrency: 1, onProgress },
  );
  expect(await failure(running)).toBe(reason);
  storage.heal();
  return { directory, storage };
}

describe('an abort', () => {
  it.each([new Error('enough'), 'enough', null, { why: 'enough' }])(
    'at once rejects with its reason (%s), and nothing is sent',
    async (reason) => {
      const directory = await emptyDirectory();
      const service = await scripted(succeeded(stored.manifest()));
      const running = downloadExport(clientOf(service), handle, { directory, signal: AbortSignal.abort(reason) });
      expect(await failure(running)).toBe(reason);
      expect(service.requests).toEqual([]);
      await download(stored.manifest(), directory);
      await expectComplete(directory);
    },
  );

  it('in the middle rejects with its reason; the next run goes on with Range and If-Match', async () => {
    const { directory, storage } = await stopped();
    const { size: there } = await stat(join(directory, `${first}.partial`));
    expect(there).toBeGreaterThan(0);
    expect((await readdir(directory)).sort()).toEqual(['export.json', `${first}.partial`]);
    storage.requests.length = 0;
    await download(storage.behind(stored.manifest()), directory);
    expect(storage.of(first)).toMatchObject([
      { range: `bytes=${there}-`, ifMatch: expect.stringMatching(/^"0x\w+"$/) },
    ]);
    await expectComplete(directory);
  });

  it('while the export is waited for rejects with its reason', async () => {
    const directory = await emptyDirectory();
    const controller = new AbortController();
    const reason = new Error('enough');
    const service = await scripted({ body: example('running'), headers: { 'retry-after': '60' } });
    const onPoll = () => void setImmediate(() => controller.abort(reason));
    const running = downloadExport(clientOf(service), handle, { directory, signal: controller.signal, onPoll });
    expect(await failure(running)).toBe(reason);
    await download(stored.manifest(), directory);
    await expectComplete(directory);
  });

  it('while the storage is silent, at all blobs, rejects with its reason and leaves nothing locked', async () => {
    const directory = await emptyDirectory();
    const controller = new AbortController();
    const reason = new Error('enough');
    let asked = 0;
    const storage = await startFaultyStorage(emulator(inject('storageUrl')), () => (response) => {
      response.writeHead(200, { etag: '"1"', 'content-length': '1000' }).flushHeaders();
      if (++asked === 3) setImmediate(() => controller.abort(reason));
    });
    onTestFinished(storage.close);
    const manifest = storage.behind(stored.manifest());
    const running = download(manifest, directory, { fetch: unobserved }, { signal: controller.signal });
    expect(await failure(running)).toBe(reason);
    expect(existsSync(join(directory, 'export.lock'))).toBe(false);
    await download(stored.manifest(), directory).catch((error: unknown) => {
      expectError(error, { name: 'BlobError', status: 412 }); // The ETag noted is of no blob of the emulator.
    });
    await download(stored.manifest(), directory);
    await expectComplete(directory);
  });

  it('of many at the same time ends no run before its last write has', async () => {
    const storage = await faultyStorage();
    const manifest = storage.behind(stored.manifest());
    for (let calls = 0; calls < 12; calls++) {
      const directory = await emptyDirectory();
      const controller = new AbortController();
      const onProgress = vi.fn(() => onProgress.mock.calls.length > calls && controller.abort());
      // One that is complete before its abort comes is fine, too.
      await download(manifest, directory, {}, { signal: controller.signal, onProgress }).catch(() => {});
      expectUnlocked(directory);
    }
    const directory = await emptyDirectory();
    await download(manifest, directory);
    await expectComplete(directory);
  });

  it('by an error of onProgress rejects with it', async () => {
    const directory = await emptyDirectory();
    const reason = new Error('mine');
    const onProgress = vi.fn(() => {
      throw reason;
    });
    expect(await failure(download(stored.manifest(), directory, {}, { onProgress }))).toBe(reason);
    await download(stored.manifest(), directory);
    await expectComplete(directory);
  });
});

describe('a partial file', () => {
  it.each<[string, (path: string) => Promise<void>]>([
    ['that got lost begins anew', (path) => rm(path)],
    ['that is empty begins anew', (path) => writeFile(path, '')],
    [
      'with other bytes is found out, and begins anew',
      async (path) => {
        const bytes = await readFile(path);
        await writeFile(path, bytes.fill(0, bytes.length >> 1));
      },
    ],
    ['that is as long as the blob but not the blob begins anew', (path) => writeFile(path, new Uint8Array(size))],
    ['that is the whole blob is given its name', (path) => writeFile(path, blobs[first] ?? '')],
  ])('%s', async (_, change) => {
    const { directory, storage } = await stopped();
    await change(join(directory, `${first}.partial`));
    await download(storage.behind(stored.manifest()), directory);
    await expectComplete(directory);
  });

  it('that is longer than the blob: a BlobError at most, and the next run is complete', async () => {
    const { directory, storage } = await stopped();
    await appendFile(join(directory, `${first}.partial`), new Uint8Array(size));
    const manifest = storage.behind(stored.manifest());
    const outcome = await download(manifest, directory).catch((error: unknown) => error);
    if (outcome instanceof Error) expectError(outcome, blobError('refused with 416', { status: 416 }));
    await download(manifest, directory);
    await expectComplete(directory);
  });

  it('whose state got lost begins anew', async () => {
    const { directory, storage } = await stopped();
    await writeFile(join(directory, 'export.json'), '{}');
    storage.requests.length = 0;
    await download(storage.behind(stored.manifest()), directory);
    expect(storage.of(first)).toMatchObject([{ range: undefined, ifMatch: undefined }]);
    await expectComplete(directory);
  });
});

describe('a symbolic link', () => {
  async function outside(): Promise<string> {
    const path = join(await emptyDirectory(), 'target');
    await writeFile(path, 'untouched');
    return path;
  }

  it.each([
    ['a partial file', `${first}.partial`],
    ['a blob', second],
    ['the state', 'export.json'],
  ])('in the place of %s is a DirectoryError, and its target stays as it is', async (_, name) => {
    const target = await outside();
    const { directory, storage } = await stopped();
    const state = join(directory, 'export.json');
    const kept = `${await emptyDirectory()}/export.json`;
    await writeFile(kept, await readFile(state));
    await rm(join(directory, name), { force: true });
    await symlink(target, join(directory, name));
    const manifest = storage.behind(stored.manifest());

    const error = await failure(download(manifest, directory));
    expectError(error, { name: 'DirectoryError', path: saying(join(directory, name)) });
    expectError(await failure(download(manifest, directory)), { name: 'DirectoryError' });
    expect(await readFile(target, 'utf8')).toBe('untouched');
    expect((await lstat(join(directory, name))).isSymbolicLink()).toBe(true);

    await rm(join(directory, name));
    if (name === 'export.json') await writeFile(state, await readFile(kept));
    await download(manifest, directory);
    await expectComplete(directory);
  });

  it('in the place of a blob, to a file that is not there, makes none', async () => {
    const target = `${await outside()}-new`;
    const { directory, storage } = await stopped();
    await symlink(target, join(directory, second));
    await symlink(target, join(directory, `${third}.partial`));
    expectError(await failure(download(storage.behind(stored.manifest()), directory)), { name: 'DirectoryError' });
    expect(existsSync(target)).toBe(false);
  });

  it.each(['export.json.partial', 'export.lock', `export.lock.${process.pid}`])(
    'in the place of %s is replaced, and its target stays as it is',
    async (name) => {
      const target = await outside();
      const directory = await emptyDirectory();
      await symlink(target, join(directory, name));
      await download(stored.manifest(), directory);
      expect(await readFile(target, 'utf8')).toBe('untouched');
      await expectComplete(directory);
    },
  );

  it('in the place of a partial file: restart takes the link away, and its target stays as it is', async () => {
    const target = await outside();
    const { directory, storage } = await stopped();
    await rm(join(directory, `${first}.partial`));
    await symlink(target, join(directory, `${first}.partial`));
    await symlink(target, join(directory, second));
    await download(storage.behind(stored.manifest()), directory, {}, { restart: true });
    expect(await readFile(target, 'utf8')).toBe('untouched');
    await expectComplete(directory);
  });
});

it('restart removes nothing outside the directory, whatever export.json says', async () => {
  const parent = await emptyDirectory();
  const victim = join(parent, 'victim');
  await writeFile(victim, 'untouched');
  const { directory, storage } = await stopped();
  const inside = join(parent, 'out');
  await rename(directory, inside);
  const state = JSON.parse(await readFile(join(inside, 'export.json'), 'utf8'));
  state.manifest.blobs.push({ name: '../victim' });
  await writeFile(join(inside, 'export.json'), JSON.stringify(state));
  await download(storage.behind(stored.manifest()), inside, {}, { restart: true }).catch((error: unknown) => {
    expect(error).toBeInstanceOf(UnbilledUsageError);
  });
  expect(await readFile(victim, 'utf8')).toBe('untouched');
});

describe('two runs of one process on one directory', () => {
  it.each<[string, (directory: string) => string | Promise<string>]>([
    ['as it is', (directory) => directory],
    ['with a slash', (directory) => `${directory}/`],
    [
      'by a symbolic link',
      async (directory) => {
        const alias = join(await emptyDirectory(), 'alias');
        await symlink(directory, alias);
        return alias;
      },
    ],
  ])('given %s: the second is a DirectoryError at once, and the first is undisturbed', async (_, aliasOf) => {
    const directory = await emptyDirectory();
    const { promise: begun, resolve: asked } = deferred();
    const { promise: released, resolve: release } = deferred();
    const storage = await faultyStorage([
      (response, ask) => {
        asked();
        return hold(released)(response, ask);
      },
    ]);
    const manifest = storage.behind(stored.manifest());
    const running = download(manifest, directory);
    running.catch(() => {}); // It is waited for below.
    await begun;
    const service = await scripted(succeeded(manifest));
    const again = downloadExport(clientOf(service), handle, { directory: await aliasOf(directory), restart: true });
    const error = await failure(again).finally(release);
    expectError(error, { name: 'DirectoryError', message: saying('in use') });
    expect(service.requests).toEqual([]);
    expect((await running).lineItems).toBe(month.length);
    await expectComplete(directory);
    expect(storage.requests).toHaveLength(3);
    await download(manifest, directory);
  });
});
