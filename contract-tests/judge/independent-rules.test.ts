import { createHash } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ServiceOptions } from '../support/independent-exchange.ts';
import { startIndependentService } from '../support/independent-service.ts';
import { directFetch } from '../support/observe.setup.ts';

// Checks the rules of the independent service that the client never breaks, and so never triggers.

const blob = new Uint8Array(500).map((_, i) => i);
const md5 = createHash('md5').update(blob).digest('base64');
const exportRequest = { currencyCode: 'USD', billingPeriod: 'last' };
const path = '/v1.0/reports/partners/billing/usage/unbilled/export';
const headers = { authorization: 'Bearer some-token', 'content-type': 'application/json' };

async function startService(options: ServiceOptions = {}, blobs = { 'part-0.json.gz': blob }): Promise<string> {
  const service = await startIndependentService(blobs, options);
  onTestFinished(service.close);
  return service.url;
}

function post(body: unknown, changes: Record<string, string> = {}): RequestInit {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { method: 'POST', headers: { ...headers, ...changes }, body: text };
}

/** Runs an export and returns its polls until the operation has ended. */
async function runExport(url: string) {
  const accepted = await directFetch(url + path, post(exportRequest));
  const polls = [];
  for (let poll = 0; poll < 4; poll++) {
    const answer = await directFetch(accepted.headers.get('location') ?? '', { headers });
    polls.push({ retryAfter: answer.headers.get('retry-after'), operation: await answer.json() });
  }
  return { accepted, polls, manifest: polls[3]?.operation.resourceLocation };
}

async function blobUrl(): Promise<string> {
  const { manifest } = await runExport(await startService());
  return `${manifest.rootDirectory}/${manifest.blobs[0].name}?${manifest.sasToken}`;
}

describe('the independent service', () => {
  it('ends an operation at its third poll', async () => {
    const url = await startService();

    const { accepted, polls } = await runExport(url);

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

  it('keeps the eTag while the data stays the same', async () => {
    const blobs = { 'part-0.json.gz': blob };
    const url = await startService({}, blobs);
    const eTags: string[] = [];
    for (const bytes of [blob, blob.slice(), blob.map((byte) => byte + 1)]) {
      blobs['part-0.json.gz'] = bytes;
      eTags.push((await runExport(url)).manifest.eTag);
    }
    expect(eTags[1]).toBe(eTags[0]);
    expect(eTags[2]).not.toBe(eTags[0]);
  });

  it.each<[string, number, string, RequestInit]>([
    ['an export without a token', 401, path, post(exportRequest, { authorization: 'Bearer ' })],
    ['an export with another scheme', 401, path, post(exportRequest, { authorization: 'Basic dTpw' })],
    ['a form', 415, path, post(exportRequest, { 'content-type': 'application/x-www-form-urlencoded' })],
    ['a media type that starts like JSON', 415, path, post(exportRequest, { 'content-type': 'application/jsonl' })],
    ['text that is not JSON', 400, path, post('{')],
    ['a list', 400, path, post([exportRequest])],
    ['null', 400, path, post(null)],
    ['no currency', 400, path, post({ billingPeriod: 'last' })],
    ['a currency in lower case', 400, path, post({ ...exportRequest, currencyCode: 'usd' })],
    ['no period', 400, path, post({ currencyCode: 'USD' })],
    ['the placeholder as a period', 400, path, post({ ...exportRequest, billingPeriod: 'unknownFutureValue' })],
    ['the placeholder as an attribute set', 400, path, post({ ...exportRequest, attributeSet: 'unknownFutureValue' })],
    ['null as an attribute set', 400, path, post({ ...exportRequest, attributeSet: null })],
    ['an unknown parameter', 400, path, post({ ...exportRequest, invoiceId: 'G1' })],
    ['a GET of an export', 405, path, { headers }],
    ['an unknown operation', 404, '/v1.0/reports/partners/billing/operations/1', { headers }],
    ['an unknown manifest', 404, '/v1.0/reports/partners/billing/manifests/1', { headers }],
    ['an operation without a token', 401, '/v1.0/reports/partners/billing/operations/1', {}],
    ['an unknown version', 404, path.replace('v1.0', 'v2.0'), post(exportRequest)],
  ])('refuses %s', async (_, status, where, init) => {
    const requestHeaders = new Headers(init.headers);
    requestHeaders.set('client-request-id', 'ours');

    const answer = await directFetch((await startService()) + where, { ...init, headers: requestHeaders });
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

describe('the independent storage', () => {
  it.each<[string, number, string, Record<string, string>, [RegExp, string]?]>([
    ['a request without a SAS', 403, 'AuthenticationFailed', {}, [/\?.*/, '']],
    ['another signature', 403, 'AuthenticationFailed', {}, [/sig=.*/, 'sig=AAAA']],
    ['a later expiry', 403, 'AuthenticationFailed', {}, [/se=[^&]*/, 'se=2999-01-01T00:00:00Z']],
    ['more permissions', 403, 'AuthenticationFailed', {}, [/sp=rl/, 'sp=racwdl']],
    ['another directory', 403, 'AuthenticationFailed', {}, [/Currency=USD/, 'Currency=EUR']],
    ['an Authorization header', 400, 'InvalidAuthenticationInfo', { authorization: 'Bearer some-token' }],
    ['an unknown blob', 404, 'BlobNotFound', {}, [/part-0/, 'part-9']],
    ['another ETag', 412, 'ConditionNotMet', { 'if-match': '"0x1"' }],
    ['a range after the end', 416, 'InvalidRange', { range: `bytes=${blob.length}-` }],
  ])('refuses %s', async (_, status, code, requestHeaders, [from, to] = [/$/, '']) => {
    const answer = await directFetch((await blobUrl()).replace(from, to), { headers: requestHeaders });

    expect(answer.status).toBe(status);
    expect(await answer.text()).toContain(`<Error><Code>${code}</Code>`);
  });

  it.each([
    ['completely', '', 200, 0, 500],
    ['in part', 'bytes=10-19', 206, 10, 20],
    ['to its end', 'bytes=10-', 206, 10, 500],
    ['beyond its end', 'bytes=10-9999999', 206, 10, 500],
    ['completely if the range is invalid', 'bytes=19-10', 200, 0, 500],
  ])('sends a blob %s', async (_, range, status, first, end) => {
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
