import { createHash } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ServiceOptions } from '../support/independent-exchange.ts';
import { startIndependentService } from '../support/independent-service.ts';
import { directFetch } from '../support/observe.setup.ts';

// What our client never sends, and so cannot tell: whether the independent service is as strict as it says.

const blob = new Uint8Array(500).map((_, i) => i);
const md5 = createHash('md5').update(blob).digest('base64');
const asked = { currencyCode: 'USD', billingPeriod: 'last' };
const path = '/v1.0/reports/partners/billing/usage/unbilled/export';
const headers = { authorization: 'Bearer some-token', 'content-type': 'application/json' };

async function started(options: ServiceOptions = {}, blobs = { 'part-0.json.gz': blob }): Promise<string> {
  const service = await startIndependentService(blobs, options);
  onTestFinished(service.close);
  return service.url;
}

function post(body: unknown, changes: Record<string, string> = {}): RequestInit {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { method: 'POST', headers: { ...headers, ...changes }, body: text };
}

/** The operation's answers until it has ended. */
async function exported(url: string) {
  const accepted = await directFetch(url + path, post(asked));
  const polls = [];
  for (let poll = 0; poll < 4; poll++) {
    const answer = await directFetch(accepted.headers.get('location') ?? '', { headers });
    polls.push({ retryAfter: answer.headers.get('retry-after'), operation: await answer.json() });
  }
  return { accepted, polls, manifest: polls[3]?.operation.resourceLocation };
}

async function blobUrl(): Promise<string> {
  const { manifest } = await exported(await started());
  return `${manifest.rootDirectory}/${manifest.blobs[0].name}?${manifest.sasToken}`;
}

describe('the independent service', () => {
  it('ends an operation at its third poll', async () => {
    const url = await started();

    const { accepted, polls } = await exported(url);

    expect([accepted.status, await accepted.text(), accepted.headers.get('retry-after')]).toEqual([202, '', '1']);
    expect(accepted.headers.get('location')).toMatch(new RegExp(`^${url}/v1\\.0/reports/partners/billing/operations/`));
    expect(polls.map(({ retryAfter, operation }) => [operation.status, retryAfter])).toEqual([
      ['notStarted', '1'],
      ['running', '1'],
      ['succeeded', null],
      ['succeeded', null],
    ]);
    expect(polls.map(({ operation }) => Object.hasOwn(operation, 'resourceLocation'))).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  it('gives the same eTag as long as the data is the same', async () => {
    const blobs = { 'part-0.json.gz': blob };
    const url = await started({}, blobs);
    const eTags: string[] = [];
    for (const bytes of [blob, blob.slice(), blob.map((byte) => byte + 1)]) {
      blobs['part-0.json.gz'] = bytes;
      eTags.push((await exported(url)).manifest.eTag);
    }
    expect(eTags[1]).toBe(eTags[0]);
    expect(eTags[2]).not.toBe(eTags[0]);
  });

  it.each<[string, number, string, RequestInit]>([
    ['an export without a token', 401, path, post(asked, { authorization: 'Bearer ' })],
    ['an export with another scheme', 401, path, post(asked, { authorization: 'Basic dTpw' })],
    ['a form', 415, path, post(asked, { 'content-type': 'application/x-www-form-urlencoded' })],
    ['a type that begins like JSON', 415, path, post(asked, { 'content-type': 'application/jsonl' })],
    ['text that is not JSON', 400, path, post('{')],
    ['a list', 400, path, post([asked])],
    ['null', 400, path, post(null)],
    ['no currency', 400, path, post({ billingPeriod: 'last' })],
    ['a currency in small letters', 400, path, post({ ...asked, currencyCode: 'usd' })],
    ['no period', 400, path, post({ currencyCode: 'USD' })],
    ['the sentinel as a period', 400, path, post({ ...asked, billingPeriod: 'unknownFutureValue' })],
    ['the sentinel as an attribute set', 400, path, post({ ...asked, attributeSet: 'unknownFutureValue' })],
    ['no attribute set but null', 400, path, post({ ...asked, attributeSet: null })],
    ['an unknown parameter', 400, path, post({ ...asked, invoiceId: 'G1' })],
    ['to read an export', 405, path, { headers }],
    ['an unknown operation', 404, '/v1.0/reports/partners/billing/operations/1', { headers }],
    ['an unknown manifest', 404, '/v1.0/reports/partners/billing/manifests/1', { headers }],
    ['an operation without a token', 401, '/v1.0/reports/partners/billing/operations/1', {}],
    ['a version that is none', 404, path.replace('v1.0', 'v2.0'), post(asked)],
  ])('refuses %s', async (_, status, where, init) => {
    const sent = new Headers(init.headers);
    sent.set('client-request-id', 'ours');

    const answer = await directFetch((await started()) + where, { ...init, headers: sent });
    const { error } = await answer.json();

    expect(answer.status).toBe(status);
    expect(answer.headers.get('client-request-id')).toBe('ours');
    expect(Math.abs(Date.parse(answer.headers.get('date') ?? '') - Date.now())).toBeLessThan(60_000);
    expect(error).toMatchObject({
      code: expect.stringMatching(/^\w+$/),
      innerError: { 'request-id': answer.headers.get('request-id'), 'client-request-id': 'ours' },
    });
  });
});

describe('its storage', () => {
  it.each<[string, number, string, Record<string, string>, [RegExp, string]?]>([
    ['a request without a SAS', 403, 'AuthenticationFailed', {}, [/\?.*/, '']],
    ['a signature that is not its own', 403, 'AuthenticationFailed', {}, [/sig=.*/, 'sig=AAAA']],
    ['a later expiry', 403, 'AuthenticationFailed', {}, [/se=[^&]*/, 'se=2999-01-01T00:00:00Z']],
    ['more permissions', 403, 'AuthenticationFailed', {}, [/sp=rl/, 'sp=racwdl']],
    ['another directory', 403, 'AuthenticationFailed', {}, [/Currency=USD/, 'Currency=EUR']],
    ['an Authorization header', 400, 'InvalidAuthenticationInfo', { authorization: 'Bearer some-token' }],
    ['an unknown blob', 404, 'BlobNotFound', {}, [/part-0/, 'part-9']],
    ['another ETag', 412, 'ConditionNotMet', { 'if-match': '"0x1"' }],
    ['a range behind the end', 416, 'InvalidRange', { range: `bytes=${blob.length}-` }],
  ])('refuses %s', async (_, status, code, sent, [from, to] = [/$/, '']) => {
    const answer = await directFetch((await blobUrl()).replace(from, to), { headers: sent });

    expect(answer.status).toBe(status);
    expect(await answer.text()).toContain(`<Error><Code>${code}</Code>`);
  });

  it.each([
    ['whole', '', 200, 0, 500],
    ['in part', 'bytes=10-19', 206, 10, 20],
    ['to its end', 'bytes=10-', 206, 10, 500],
    ['beyond its end', 'bytes=10-9999999', 206, 10, 500],
    ['whole where the range is none', 'bytes=19-10', 200, 0, 500],
  ])('gives a blob %s', async (_, range, status, first, end) => {
    const url = await blobUrl();
    const etag = (await directFetch(url, { method: 'HEAD' })).headers.get('etag') ?? '';

    const answer = await directFetch(url, { headers: { 'if-match': etag, ...(range ? { range } : {}) } });

    expect(Buffer.compare(await answer.bytes(), blob.subarray(first, end))).toBe(0);
    expect(answer.status).toBe(status);
    expect(etag).toMatch(/^"0x[0-9A-F]{15}"$/);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      etag,
      'accept-ranges': 'bytes',
      'content-length': `${end - first}`,
      ...(status === 200
        ? { 'content-md5': md5 }
        : { 'x-ms-blob-content-md5': md5, 'content-range': `bytes ${first}-${end - 1}/500` }),
    });
  });
});
