import { afterEach, describe, expect, it } from 'vitest';
import { directFetch } from '../support/observe.setup.ts';
import { Observer } from '../support/observer.ts';
import { accepted, example, refusal, scripted } from '../support/play.ts';
import type { Answer } from '../support/scripted-server.ts';
import { prismUrl } from '../support/servers.ts';
import { exportPath, headers, operationPath, post, valid, wrongRequests } from '../support/wrong-requests.ts';

// A mock or an observer that checks nothing looks like one that finds no mistakes. So these requests must be rejected.

describe('the mock refuses', () => {
  it.each(wrongRequests)('%s', async (_, path, init, status) => {
    expect((await directFetch(prismUrl() + path, init)).status).toBe(status);
  });

  it('no valid request', async () => {
    expect((await directFetch(prismUrl() + exportPath, post(valid))).status).toBe(202);
  });
});

describe('the observer finds', () => {
  let observer = new Observer();
  afterEach(() => {
    observer = new Observer();
  });

  const observe = async (path: string, init: RequestInit, answer: Answer): Promise<string[]> => {
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
    const findings = await observe(path, withId(init), answer);
    expect(findings).toEqual([expect.stringMatching(/^request /)]);
  });

  it.each<[string, string, RequestInit, Answer, RegExp]>([
    ['a request without an ID', exportPath, post(valid), accepted, /^client-request-id: /],
    ['a request for an unknown operation', '/reports/partners/billing/nothing', {}, {}, /^operation: /],
    [
      'an undocumented query',
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
      'a Location that is not an operation',
      exportPath,
      withId(post(valid)),
      { status: 202, headers: { location: '/x' } },
      /^response header: .* Location/,
    ],
    ['an undocumented status', exportPath, withId(post(valid)), { status: 201 }, /^response status: /],
    [
      'an operation that is not JSON',
      operationPath,
      withId({ headers }),
      { body: 'x', headers: { 'content-type': 'application/json' } },
      /^response body: /,
    ],
    [
      'an operation with another media type',
      operationPath,
      withId({ headers }),
      { body: '{}', headers: { 'content-type': 'text/html' } },
      /^response body: .*media type/,
    ],
    [
      'an invalid Retry-After',
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
      'a request for a blob with the token',
      '/blob',
      { headers: { authorization: 'Bearer token' } },
      {},
      /^blob request: /,
    ],
    [
      'a line item with a list as its price',
      '/blob',
      {},
      { body: '{"UnitPrice":[1]}\n' },
      /^line item: line 1 \/UnitPrice/,
    ],
  ])('%s', async (_, path, init, answer, finding) => {
    expect(await observe(path, init, answer)).toEqual([expect.stringMatching(finding)]);
  });

  it('two requests with the same ID', async () => {
    await observe(operationPath, withId({ headers }), { body: example('running') });
    expect(await observe(operationPath, withId({ headers }), { body: example('running') })).toHaveLength(1);
  });

  it('nothing in valid requests and responses', async () => {
    expect(await observe(exportPath, withId(post(valid)), accepted)).toEqual([]);
    const error = refusal(429, { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' });
    expect(await observe(operationPath, { headers: { ...headers, 'client-request-id': 'c-2' } }, error)).toEqual([]);
  });
});
