import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { problems } from '../kit/document/problems.ts';
import { directFetch } from '../support/observe.setup.ts';
import { IN_AZURITE, REFUSED_SAS, storeBlobs } from '../support/storage.ts';

// The storage of the mock must answer like Azure Blob Storage. So does Azurite, with these exceptions.

const azuriteDiffers = [
  'another directory', // It accepts the SAS of a container for each of its directories.
  'a bearer token', // It ignores the token.
  'a range from the end', // It sends a part without bytes.
  'completely if the range has other units', // It sends a range of bytes.
  'for one of several ETags', // It compares the whole header with the ETag.
];

const blob = new Uint8Array(500).map((_, i) => i);
const md5 = createHash('md5').update(blob).digest('base64');
const stored = await storeBlobs({ 'part-0.json.gz': blob });

const url = (sas = stored.sasToken()) => `${stored.rootDirectory}/part-0.json.gz?${sas}`;
const ask = (address: string, headers: Record<string, string> = {}, method = 'GET') =>
  directFetch(address, { method, headers: { 'accept-encoding': 'identity', ...headers } });

/** Returns `it`, or its opposite where Azurite differs. It fails once Azurite does not. */
const itOf = (what: string) => (IN_AZURITE && azuriteDiffers.includes(what) ? it.fails : it);

describe('the storage of the mock', () => {
  it('returns a SAS in the documented format', () => {
    expect(problems('/components/schemas/Manifest/properties/sasToken', stored.sasToken())).toEqual([]);
    const sas = Object.fromEntries(new URLSearchParams(stored.sasToken()));
    const sr = IN_AZURITE ? 'c' : 'd';
    expect(sas).toMatchObject({ sr, sp: 'rl', sig: expect.stringMatching(/^[\w+/]{43}=$/) });
    expect(Math.abs(Date.parse(sas.se ?? '') - Date.now() - 3_600_000)).toBeLessThan(60_000);
  });

  const refusals: [string, number, string, (right: string) => string, RequestInit][] = [
    ['a request without a SAS', 403, REFUSED_SAS, (right) => right.replace(/\?.*/, ''), {}],
    ['a SAS with a leading ?', 403, REFUSED_SAS, (right) => right.replace('?', '??'), {}],
    ['another signature', 403, REFUSED_SAS, (right) => right.replace(/sig=.{4}/, 'sig=AAAA'), {}],
    ['a later expiry', 403, REFUSED_SAS, (right) => right.replace(/\bse=[^&]*/, 'se=2999-01-01'), {}],
    ['more permissions', 403, REFUSED_SAS, (right) => right.replace('sp=rl', 'sp=racwdl'), {}],
    ['another directory', 403, REFUSED_SAS, (right) => right.replace('Currency=USD', 'Currency=EUR'), {}],
    ['an expired SAS', 403, REFUSED_SAS, () => url(stored.sasToken(-1_000)), {}],
    ['a DELETE of a blob', 403, 'AuthorizationPermissionMismatch', (right) => right, { method: 'DELETE' }],
    ['a bearer token', 400, 'InvalidAuthenticationInfo', (right) => right, { headers: { authorization: 'Bearer x' } }],
    ['an unknown blob', 404, 'BlobNotFound', (right) => right.replace('part-0', 'part-9'), {}],
    ['another ETag', 412, 'ConditionNotMet', (right) => right, { headers: { 'if-match': '"0x1"' } }],
    ['a range from the end', 416, 'InvalidRange', (right) => right, { headers: { range: 'bytes=500-' } }],
    ['a range after the end', 416, 'InvalidRange', (right) => right, { headers: { range: 'bytes=501-' } }],
  ];
  for (const [what, status, code, change, init] of refusals) {
    itOf(what)(`refuses ${what}`, async () => {
      const answer = await directFetch(change(url()), init);
      expect([answer.status, answer.headers.get('x-ms-error-code')]).toEqual([status, code]);
      expect(answer.headers.get('content-type')).toBe('application/xml');
      expect(await answer.text()).toMatch(new RegExp(`<Error>\\s*<Code>${code}</Code>\\s*<Message>`));
      expect(answer.headers.get('content-range')).toBe(status === 416 ? 'bytes */500' : null);
    });
  }

  const etag = async () => (await ask(url(), {}, 'HEAD')).headers.get('etag') ?? '';

  const readings: [string, Record<string, string>, number, number, number][] = [
    ['completely', {}, 200, 0, 500],
    ['in part', { range: 'bytes=10-19' }, 206, 10, 20],
    ["in part, for Azure's x-ms-range header", { 'x-ms-range': 'bytes=10-19', range: 'bytes=0-1' }, 206, 10, 20],
    ['to its end', { range: 'bytes=10-' }, 206, 10, 500],
    ['to its end if the range is longer', { range: 'bytes=10-9999' }, 206, 10, 500],
    ['completely if the range is invalid', { range: 'bytes=19-10' }, 200, 0, 500],
    ['completely if the range has other units', { range: 'lines=1-2' }, 200, 0, 500],
  ];
  for (const [what, headers, status, first, end] of readings) {
    itOf(what)(`sends a blob ${what}`, async () => {
      const answer = await ask(url(), headers);
      expect(answer.status).toBe(status);
      expect(Buffer.compare(await answer.bytes(), blob.subarray(first, end))).toBe(0);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        etag: await etag(),
        'accept-ranges': 'bytes',
        'content-length': `${end - first}`,
        ...(status === 200
          ? { 'content-md5': md5 }
          : { 'x-ms-blob-content-md5': md5, 'content-range': `bytes ${first}-${end - 1}/500` }),
      });
    });
  }

  const conditions: [string, (etag: string) => string][] = [
    ['for its ETag', (etag) => etag],
    ['for any ETag', () => '*'],
    ['for one of several ETags', (etag) => `"0x1", ${etag}`],
  ];
  for (const [what, condition] of conditions) {
    itOf(what)(`sends a blob ${what} in If-Match`, async () => {
      const right = await etag();
      expect(right).toMatch(/^"0x[0-9A-F]{15}"$/);
      const headers = { 'if-match': condition(right) };
      expect((await ask(url(), headers)).status).toBe(200);
      expect((await ask(url(), { ...headers, range: 'bytes=10-19' })).status).toBe(206);
    });
  }
});
