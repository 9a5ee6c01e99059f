import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problems } from '../kit/document/problems.ts';
import { type Directory, type Storage, startStorage } from '../kit/mock/storage.ts';
import { inMemory } from '../kit/mock/stored-blob.ts';
import { directFetch } from '../support/observe.setup.ts';

// The storage of the mock must answer like Azure Blob Storage.

const blob = new Uint8Array(500).map((_, i) => i);
const md5 = createHash('md5').update(blob).digest('base64');

let storage: Storage;
let directory: Directory;
beforeAll(async () => {
  storage = await startStorage();
  directory = storage.store('/unbilled/Currency=USD', new Map([['part-0.json.gz', inMemory(blob)]]));
});
afterAll(() => storage.close());

const url = (sas = directory.sas.sign()) => `${directory.url}/part-0.json.gz?${sas}`;
const ask = (address: string, headers: Record<string, string> = {}, method = 'GET') =>
  directFetch(address, { method, headers: { 'accept-encoding': 'identity', ...headers } });

describe('the storage of the mock', () => {
  it('returns a SAS in the documented format', () => {
    expect(problems('/components/schemas/Manifest/properties/sasToken', directory.sas.sign())).toEqual([]);
    const sas = Object.fromEntries(new URLSearchParams(directory.sas.sign()));
    expect(sas).toMatchObject({ sr: 'd', sp: 'rl', sig: expect.stringMatching(/^[\w+/]{43}=$/) });
    expect(Math.abs(Date.parse(sas.se ?? '') - Date.now() - 3_600_000)).toBeLessThan(60_000);
  });

  it.each<[string, number, string, (right: string) => string, RequestInit]>([
    ['a request without a SAS', 403, 'AuthenticationFailed', (right) => right.replace(/\?.*/, ''), {}],
    ['a SAS with a leading ?', 403, 'AuthenticationFailed', (right) => right.replace('?', '??'), {}],
    ['another signature', 403, 'AuthenticationFailed', (right) => right.replace(/sig=.{4}/, 'sig=AAAA'), {}],
    ['a later expiry', 403, 'AuthenticationFailed', (right) => right.replace(/\bse=[^&]*/, 'se=2999-01-01'), {}],
    ['more permissions', 403, 'AuthenticationFailed', (right) => right.replace('sp=rl', 'sp=racwdl'), {}],
    ['another directory', 403, 'AuthenticationFailed', (right) => right.replace('Currency=USD', 'Currency=EUR'), {}],
    ['an expired SAS', 403, 'AuthenticationFailed', () => url(directory.sas.sign(-1_000)), {}],
    ['a DELETE of a blob', 403, 'AuthorizationPermissionMismatch', (right) => right, { method: 'DELETE' }],
    ['a bearer token', 400, 'InvalidAuthenticationInfo', (right) => right, { headers: { authorization: 'Bearer x' } }],
    ['an unknown blob', 404, 'BlobNotFound', (right) => right.replace('part-0', 'part-9'), {}],
    ['another ETag', 412, 'ConditionNotMet', (right) => right, { headers: { 'if-match': '"0x1"' } }],
    ['a range after the end', 416, 'InvalidRange', (right) => right, { headers: { range: 'bytes=500-' } }],
  ])('refuses %s', async (_, status, code, change, init) => {
    const answer = await directFetch(change(url()), init);
    expect([answer.status, answer.headers.get('x-ms-error-code')]).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toBe('application/xml');
    expect(await answer.text()).toContain(`<Error><Code>${code}</Code><Message>`);
    expect(answer.headers.get('content-range')).toBe(status === 416 ? 'bytes */500' : null);
  });

  it.each<[string, Record<string, string>, number, number, number]>([
    ['completely', {}, 200, 0, 500],
    ['in part', { range: 'bytes=10-19' }, 206, 10, 20],
    ["in part, for Azure's x-ms-range header", { 'x-ms-range': 'bytes=10-19', range: 'bytes=0-1' }, 206, 10, 20],
    ['to its end', { range: 'bytes=10-' }, 206, 10, 500],
    ['to its end if the range is longer', { range: 'bytes=10-9999' }, 206, 10, 500],
    ['completely if the range is invalid', { range: 'bytes=19-10' }, 200, 0, 500],
    ['completely if the range has other units', { range: 'lines=1-2' }, 200, 0, 500],
  ])('sends a blob %s', async (_, headers, status, first, end) => {
    const etag = (await ask(url(), {}, 'HEAD')).headers.get('etag') ?? '';
    expect(etag).toMatch(/^"0x[0-9A-F]{15}"$/);
    for (const condition of [etag, '*', `"0x1", ${etag}`]) {
      const answer = await ask(url(), { ...headers, 'if-match': condition });
      expect(answer.status).toBe(status);
      expect(Buffer.compare(await answer.bytes(), blob.subarray(first, end))).toBe(0);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        etag,
        'accept-ranges': 'bytes',
        'content-length': `${end - first}`,
        ...(status === 200
          ? { 'content-md5': md5 }
          : { 'x-ms-blob-content-md5': md5, 'content-range': `bytes ${first}-${end - 1}/500` }),
      });
    }
  });
});
