import { afterEach, describe, expect, inject, it } from 'vitest';
import { directFetch } from './harness/observe.setup.ts';
import { Observer } from './harness/observer.ts';
import { accepted, example, handle, refusal, scripted } from './harness/play.ts';
import type { Answer } from './harness/scripted-server.ts';

// A mock or a checker that checks nothing looks like one that finds nothing. These must be refused.

const exportPath = '/reports/partners/billing/usage/unbilled/export';
const operationPath = `/reports/partners/billing/operations/${handle.operationId}`;
const valid = { currencyCode: 'USD', billingPeriod: 'current' };
const headers = { authorization: 'Bearer token', 'content-type': 'application/json' };

const post = (body: unknown, changes: Record<string, string | undefined> = {}): RequestInit => ({
  method: 'POST',
  headers: Object.entries({ ...headers, ...changes }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  ),
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

const wrongRequests: [string, string, RequestInit, number][] = [
  ['a billing period that does not exist', exportPath, post({ ...valid, billingPeriod: 'next' }), 400],
  ['the placeholder as billing period', exportPath, post({ ...valid, billingPeriod: 'unknownFutureValue' }), 400],
  ['an attribute set that does not exist', exportPath, post({ ...valid, attributeSet: 'all' }), 400],
  ['the placeholder as attribute set', exportPath, post({ ...valid, attributeSet: 'unknownFutureValue' }), 400],
  ['a currency in small letters', exportPath, post({ ...valid, currencyCode: 'usd' }), 400],
  ['a currency of four letters', exportPath, post({ ...valid, currencyCode: 'USDX' }), 400],
  ['a number as currency', exportPath, post({ ...valid, currencyCode: 840 }), 400],
  ['no currency', exportPath, post({ billingPeriod: 'last' }), 400],
  ['no billing period', exportPath, post({ currencyCode: 'USD' }), 400],
  ['a parameter that does not exist', exportPath, post({ ...valid, attributeset: 'basic' }), 400],
  ['a list as body', exportPath, post([valid]), 400],
  ['no body', exportPath, { method: 'POST', headers }, 400],
  ['another media type', exportPath, post(valid, { 'content-type': 'text/plain' }), 415],
  ['no token', exportPath, post(valid, { authorization: undefined }), 401],
  ['a scheme other than Bearer', exportPath, post(valid, { authorization: 'Basic dTpw' }), 401],
  ['no token for an operation', operationPath, {}, 401],
];

describe('the mock refuses', () => {
  it.each(wrongRequests)('%s', async (_, path, init, status) => {
    expect((await directFetch(inject('prismUrl') + path, init)).status).toBe(status);
  });

  it('nothing that is right', async () => {
    expect((await directFetch(inject('prismUrl') + exportPath, post(valid))).status).toBe(202);
  });
});

describe('the observer finds', () => {
  let observer = new Observer();
  afterEach(() => {
    observer = new Observer();
  });

  const observed = async (path: string, init: RequestInit, answer: Answer): Promise<string[]> => {
    const { url } = await scripted(answer);
    await observer.wrap(directFetch)(url + path, init);
    await observer.settled();
    return observer.findings;
  };
  const withId = (init: RequestInit) => {
    const all = new Headers(init.headers);
    all.set('client-request-id', 'c-1');
    return { ...init, headers: all };
  };

  it.each(wrongRequests)('a request with %s', async (_, path, init) => {
    const answer = path === exportPath ? accepted : { body: example('running') };
    const findings = await observed(path, withId(init), answer);
    expect(findings).toEqual([expect.stringMatching(/^request /)]);
  });

  it.each<[string, string, RequestInit, Answer, RegExp]>([
    ['a request without an id', exportPath, post(valid), accepted, /^client-request-id: /],
    ['a request of no operation', '/reports/partners/billing/nothing', {}, {}, /^operation: /],
    [
      'a query that is not documented',
      `${operationPath}?a=1`,
      withId({ headers }),
      { body: example('running') },
      /^request parameter: /,
    ],
    ['a 202 without Location', exportPath, withId(post(valid)), { status: 202 }, /^response header: .* lacks Location/],
    [
      'a 202 with a body',
      exportPath,
      withId(post(valid)),
      { ...accepted, body: '{}' },
      /^response body: .* has a body/,
    ],
    [
      'a Location of something else',
      exportPath,
      withId(post(valid)),
      { status: 202, headers: { location: '/x' } },
      /^response header: .* Location/,
    ],
    ['a status that is not documented', exportPath, withId(post(valid)), { status: 201 }, /^response status: /],
    [
      'an operation that is not JSON',
      operationPath,
      withId({ headers }),
      { body: 'x', headers: { 'content-type': 'application/json' } },
      /^response body: /,
    ],
    [
      'an operation of another media type',
      operationPath,
      withId({ headers }),
      { body: '{}', headers: { 'content-type': 'text/html' } },
      /^response body: .*media type/,
    ],
    [
      'a Retry-After that is none',
      operationPath,
      withId({ headers }),
      { body: example('running'), headers: { 'retry-after': 'soon' } },
      /^response header: .* Retry-After/,
    ],
    [
      'an error without a code',
      operationPath,
      withId({ headers }),
      { status: 404, body: { error: { message: 'No.' } } },
      /^response body: GET 404/,
    ],
    [
      'a blob that is asked for with the token',
      '/blob',
      { headers: { authorization: 'Bearer token' } },
      {},
      /^blob request: /,
    ],
    [
      'a line item with a list for a price',
      '/blob',
      {},
      { body: '{"UnitPrice":[1]}\n' },
      /^line item: line 1 \/UnitPrice/,
    ],
  ])('%s', async (_, path, init, answer, finding) => {
    expect(await observed(path, init, answer)).toEqual([expect.stringMatching(finding)]);
  });

  it('two requests with one id', async () => {
    await observed(operationPath, withId({ headers }), { body: example('running') });
    expect(await observed(operationPath, withId({ headers }), { body: example('running') })).toHaveLength(1);
  });

  it('nothing where all is right', async () => {
    expect(await observed(exportPath, withId(post(valid)), accepted)).toEqual([]);
    const error = refusal(429, { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' });
    expect(await observed(operationPath, { headers: { ...headers, 'client-request-id': 'c-2' } }, error)).toEqual([]);
  });
});
