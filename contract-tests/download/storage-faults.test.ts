import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { toBlob, toLine } from '../kit/mock/partner-month.ts';
import {
  blobError,
  blobs,
  type Case,
  containing,
  corrupt,
  date,
  download,
  expectComplete,
  expectError,
  faultyStorage,
  first,
  forGood,
  impatient,
  inMemory,
  manifestOf,
  month,
  size,
  slow,
  stored,
  survive,
  times,
  unobserved,
} from '../support/faulty-download.ts';
import { alter, breakOff, type Fault, refuse, silent } from '../support/faulty-storage.ts';
import { emptyDirectory, failure, scripted } from '../support/play.ts';

describe('a download survives the error status', () => {
  it.each<[string, Case]>([
    ['429 with seconds', { faults: [refuse(429, { 'retry-after': '0' })], client: { retry: slow }, requests: 2 }],
    ['429 with a date', { faults: [refuse(429, { 'retry-after': date, date })], client: { retry: slow }, requests: 2 }],
    ['429 with a malformed Retry-After', { faults: [refuse(429, { 'retry-after': 'soon' })], requests: 2 }],
    ['429 without a Retry-After', { faults: [refuse(429)], requests: 2 }],
    ['500, 502, 503 and 504 in turn', { faults: [500, 502, 503, 504].map((status) => refuse(status)), requests: 5 }],
    ...[429, 500, 502, 503, 504].flatMap((status): [string, Case][] => [
      [`${status}, three times`, { faults: times(3, refuse(status)), requests: 4 }],
      [
        `${status}, every time`,
        { faults: forGood(refuse(status)), error: blobError(`refused with ${status}`, { status }), requests: 5 },
      ],
    ]),
  ])('%s', (_, faults) => survive(faults));
});

describe('a download survives a connection', () => {
  it.each<[string, Case]>([
    ['reset before the response', { faults: [silent('reset')], requests: 2 }],
    ['reset after the headers', { faults: [breakOff('reset', 0)], requests: 2 }],
    ['reset in the body', { faults: [breakOff('reset', 0.5)], requests: 2 }],
    ['reset in a chunked body', { faults: [breakOff('reset', 0.5, 'chunked')], requests: 2 }],
    ['closed after the body', { faults: [breakOff('close', 1)], requests: 1 }],
    ['closed after a chunked body, before its last chunk', { faults: [breakOff('close', 1, 'chunked')] }],
    [
      'reset every time',
      { faults: forGood(silent('reset')), error: blobError('broke off after 0 bytes'), requests: 5 },
    ],
    ['that stalls before the response', { faults: [silent('stall')], client: impatient, requests: 2 }],
    ['that stalls after the headers', { faults: [breakOff('stall', 0)], client: impatient, requests: 2 }],
    ['that stalls in the body', { faults: [breakOff('stall', 0.5)], client: impatient, requests: 2 }],
    [
      'that stalls every time',
      {
        faults: [breakOff('stall', 0.5), ...forGood(silent('stall'))],
        client: { ...impatient, timeoutMs: 100, retry: { limit: 1 } },
        error: { name: 'BlobError', message: containing('timed out after 100 ms') },
      },
    ],
  ])('%s', (_, faults) => survive(faults));

  it('that is refused, and the next run is complete', async () => {
    const directory = await emptyDirectory();
    const stoppedStorage = await faultyStorage();
    const manifest = stoppedStorage.behind(stored.manifest());
    await stoppedStorage.close();
    expectError(await failure(download(manifest, directory)), {
      name: 'BlobError',
      message: containing('ECONNREFUSED'),
    });
    await download(stored.manifest(), directory);
    await expectComplete(directory);
  });
});

describe('a download survives a body', () => {
  const half = (body: Buffer) => body.subarray(0, body.length / 2);
  const flip = (body: Buffer) => body.fill((body[body.length >> 1] ?? 0) ^ 1, body.length >> 1, (body.length >> 1) + 1);
  /** Damages the text in a gzip without compression. With 1 MB, line 1 arrives before the checksum. */
  const flipInText = (body: Buffer) => {
    const text = Array(4).fill(gunzipSync(body).toString()).join('');
    const gzip = gzipSync(text, { level: 0 });
    return gzip.fill('!', gzip.indexOf('{'), gzip.indexOf('{') + 1);
  };
  /** The position of the bit decides between the two: a line can be invalid before the checksum is. */
  const damaged = { name: expect.stringMatching(/^(Blob|LineItem)Error$/), blobName: first };
  const garbage = (body: Buffer) => Buffer.concat([body, Buffer.from('garbage')]);
  const zeros = (body: Buffer) => Buffer.concat([body, Buffer.alloc(512)]);
  const lost = [breakOff('close', 0.5), refuse(503)];
  const insert = (line: string) => (body: Buffer) =>
    gzipSync(`${toLine(month[0] ?? {})}\n${line}\n${gunzipSync(body).toString()}`);

  it.each<[string, Case]>([
    ['shorter than its Content-Length', { faults: [breakOff('close', 0.5)], requests: 2 }],
    [
      'shorter than its Content-Length every time, without further bytes',
      {
        faults: [breakOff('close', 0.5), ...forGood(breakOff('close', 0))],
        error: blobError(`broke off after ${size >> 1} bytes`),
        requests: 5,
      },
    ],
    ['truncated without a Content-Length', { faults: [alter(half, 'chunked')], breach: corrupt, requests: 2 }],
    [
      'truncated without a Content-Length, every time',
      { faults: forGood(alter(half, 'chunked')), error: blobError('is corrupt'), breach: corrupt, requests: 2 },
    ],
    ['that is a truncated gzip, once', { faults: [alter(half)], breach: corrupt, requests: 2 }],
    [
      'that is a truncated gzip, every time',
      { faults: forGood(alter(half)), error: blobError('is corrupt'), breach: corrupt, requests: 2 },
    ],
    ['that is empty without a Content-Length', { faults: [alter(() => Buffer.alloc(0), 'chunked')], requests: 2 }],
    ['with more bytes than its Content-Length', { faults: [alter(garbage, 'true')] }],
    ['with more bytes than the requested rest', { faults: [...lost, alter(garbage, 'chunked')], requests: 4 }],
    ['with a flipped bit, once', { faults: [alter(flip)], breach: corrupt, requests: 2 }],
    ['with a flipped bit, every time', { faults: forGood(alter(flip)), error: damaged, breach: corrupt, requests: 2 }],
    [
      'with a flipped bit that breaks a line before the checksum, once',
      { faults: [alter(flipInText)], breach: corrupt, requests: 2 },
    ],
    [
      'with a flipped bit that breaks a line before the checksum, every time',
      { faults: forGood(alter(flipInText)), error: damaged, breach: corrupt, requests: 2 },
    ],
    ['with garbage after the gzip, once', { faults: [alter(garbage)], breach: corrupt, requests: 2 }],
    [
      'with garbage after the gzip, every time',
      { faults: forGood(alter(garbage)), error: blobError('is corrupt'), breach: corrupt, requests: 2 },
    ],
    // The observer ignores zeros as padding, like gunzip.
    ['with zeros after the gzip, every time', { faults: forGood(alter(zeros)), error: blobError('trailing data') }],
    [
      'with a line that is not JSON',
      {
        faults: forGood(alter(insert('not JSON'))),
        error: { name: 'LineItemError', blobName: first, lineNumber: 2, message: containing('not JSON') },
        breach: [/^line item: line 2 is not JSON/],
      },
    ],
    [
      'with 20 MB in a line that is not JSON, and its message is short',
      {
        faults: forGood(alter(insert('x'.repeat(20_000_000)))),
        error: { name: 'LineItemError', lineNumber: 2, message: expect.stringMatching(/^.{1,500}$/) },
        client: { fetch: unobserved },
      },
    ],
  ])('%s', (_, faults) => survive(faults));

  it('with a line item of 20 MB', async () => {
    const directory = await emptyDirectory();
    const large = { [first]: gzipSync(`{"Tags":"${'x'.repeat(20_000_000)}"}\n{"Unit":"1"}`) };
    const storage = await inMemory(large);
    const result = await download(storage.behind(manifestOf(large)), directory, { fetch: unobserved });
    expect(result).toMatchObject({ bytes: large[first]?.length, lineItems: 2 });
    await expectComplete(directory, large);
  });

  const right = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('base64');
  const wrong = () => right(new Uint8Array());
  /** Changes the time in the gzip header, which no gzip checksum covers. */
  const otherTime = (body: Buffer) => body.fill(0xff, 4, 8);

  it.each<[string, Fault[], (bytes: Uint8Array) => string, object | undefined]>([
    ['that agrees', [], right, undefined],
    ['that disagrees once', [alter((body) => body, 'sized', { 'content-md5': wrong() })], right, undefined],
    [
      'of another body that is valid gzip, once',
      [alter(otherTime, 'sized', { 'content-md5': right(blobs[first] ?? new Uint8Array()) })],
      right,
      undefined,
    ],
    ['that always disagrees', [], wrong, blobError(`the storage says ${wrong()}`)],
    ['that disagrees in the response to a range', [breakOff('close', 0.5)], wrong, blobError('has the MD5')],
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

describe('a download survives a range request', () => {
  const cut = breakOff('close', 0.5);
  const other = { etag: '"0xOTHER"' };

  it('for the first missing byte, with If-Match', async () => {
    const directory = await emptyDirectory();
    const storage = await faultyStorage([cut]);
    await download(storage.behind(stored.manifest()), directory);
    expect(storage.of(first)).toMatchObject([
      { range: undefined, ifMatch: undefined },
      { range: `bytes=${size >> 1}-`, ifMatch: expect.stringMatching(/^"0x\w+"$/) },
    ]);
    await expectComplete(directory);
  });

  /** Ignores the range. */
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
    ['answered with the whole blob and 200, without repeated bytes', { faults: [noting, whole], requests: 2 }],
    [
      'answered from another offset',
      {
        faults: [cut, alter((body) => body, 'sized', { 'content-range': `bytes 0-${size - 1}/${size}` })],
        error: blobError('another offset'),
      },
    ],
    [
      'answered with 416 for a shorter blob',
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
      { faults: [cut, alter((body) => body, 'sized', other)], error: blobError('has changed') },
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

describe('a download survives a blob', () => {
  const old = { [first]: toBlob(month.slice(400)) };
  const now = { [first]: toBlob(month.slice(0, 200)) };
  const replaced = blobError('refused with 412', { status: 412 });

  it('that is replaced during the transfer, and the next run gets the new one', async () => {
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

  it('that is replaced between two runs, and the next run gets the new one', async () => {
    const directory = await emptyDirectory();
    const before = await inMemory(old, [breakOff('close', 0.5), ...forGood(refuse(503))]);
    expectError(await failure(download(before.behind(manifestOf(old)), directory)), blobError('refused with 503'));
    const manifest = (await inMemory(now)).behind(manifestOf(now));
    expectError(await failure(download(manifest, directory)), replaced);
    await download(manifest, directory);
    await expectComplete(directory, now);
  });

  it('whose new version comes with 200 instead of 412, and the next run gets the new one', async () => {
    const directory = await emptyDirectory();
    const before = await inMemory(old, [breakOff('close', 0.5), ...forGood(refuse(503))]);
    expectError(await failure(download(before.behind(manifestOf(old)), directory)), blobError('refused with 503'));
    const regardless: Fault = (response) => {
      response.writeHead(200, { etag: '"0xNEW"', 'content-length': `${size}` });
      response.end(now[first]);
    };
    const manifest = (await inMemory(now, [regardless])).behind(manifestOf(now));
    expectError(await failure(download(manifest, directory)), blobError('has changed'));
    const again = await download(manifest, directory).catch((error: unknown) => error);
    if (again instanceof Error) {
      expectError(again, replaced); // The partial file is still of the old blob, which is detected now at the latest.
      await download(manifest, directory);
    }
    await expectComplete(directory, now);
  });

  it.each<[string, Case]>([
    [
      'that is missing',
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

  it('redirected to another origin, which gets no request and so no SAS', async () => {
    const elsewhere = await scripted({ body: '{}' });
    await survive({
      faults: [refuse(307, { location: `${elsewhere.url}/${first}` })],
      error: blobError('refused with 307', { status: 307 }),
    });
    expect(elsewhere.requests).toEqual([]);
  });
});
