import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  createUnbilledUsageClient,
  GraphRequestError,
  NetworkError,
  type TokenCredential,
  UnbilledUsageError,
} from '../../src/index.ts';
import { backOff } from '../../src/retry.ts';
import { expectBreach } from '../support/observe.setup.ts';
import { accepted, clientOf, example, expectNoLeak, failure, handle, refusal, scripted } from '../support/play.ts';
import { type Answer, startScriptedServer } from '../support/scripted-server.ts';

const request = { currencyCode: 'USD', billingPeriod: 'last' } as const;
const running: Answer = { body: example('running') };
const cut: Answer = (_, response) => response.destroy();
const cutInBody: Answer = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
  response.write('{"@odata.type":', () => response.destroy());
};

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a transient answer', () => {
  it.each([429, 500, 503, 504])('%i is asked for again, for the export and for the operation', async (status) => {
    const service = await scripted(refusal(status), accepted, refusal(status), running);
    const client = clientOf(service);
    await client.getExport(await client.startExport(request));
    expect(service.requests.map(({ method }) => method)).toEqual(['POST', 'POST', 'GET', 'GET']);
    expect(service.requests[1]?.body).toBe(service.requests[0]?.body);
  });

  it('502, which is not documented but comes from gateways, too', async () => {
    expectBreach(/^response status: GET 502/);
    const service = await scripted({ status: 502, body: 'Bad gateway' }, running);
    expect(await clientOf(service).getExport(handle)).toMatchObject({ state: 'running' });
  });

  it.each([400, 401, 403, 404, 410])('is not %i', async (status) => {
    const service = await scripted(refusal(status));
    expect(await failure(clientOf(service).getExport(handle))).toMatchObject({ status });
    expect(service.requests).toHaveLength(1);
  });

  it.each([
    [undefined, 5],
    [0, 1],
    [2, 3],
  ])('is an error after the retries (limit %s: %i requests)', async (limit, requests) => {
    const service = await scripted(refusal(503));
    const error = await failure(clientOf(service, { retry: { limit } }).getExport(handle));
    expect(error).toBeInstanceOf(GraphRequestError);
    expect(service.requests).toHaveLength(requests);
  });

  it('is asked for with an id of its own each time', async () => {
    const service = await scripted(refusal(503), refusal(503), running);
    await clientOf(service).getExport(handle);
    expect(new Set(service.requests.map(({ headers }) => headers['client-request-id'])).size).toBe(3);
  });

  it('is asked for again when its Retry-After has passed, not after our own back-off', async () => {
    const service = await scripted(refusal(429, { 'retry-after': '0' }), running);
    await clientOf(service, { retry: { baseDelayMs: 3_600_000, maxDelayMs: 3_600_000 } }).getExport(handle);
    expect(service.requests).toHaveLength(2);
  });
});

describe('no answer', () => {
  it.each([
    ['a connection cut before the answer', cut],
    ['a connection cut in the answer', cutInBody],
  ])('%s is asked again', async (_, answer) => {
    const service = await scripted(answer, running);
    expect(await clientOf(service).getExport(handle)).toMatchObject({ state: 'running' });
  });

  it('is asked again for the export, too: a Location that got lost comes no other way', async () => {
    const service = await scripted(cut, accepted);
    expect(await clientOf(service).startExport(request)).toEqual(handle);
  });

  it('is a NetworkError after the retries, with the cause and the attempts', async () => {
    const { url, close } = await startScriptedServer(running);
    await close();
    const error = await failure(clientOf({ url }, { retry: { limit: 2 } }).getExport(handle));
    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({ code: 'NETWORK', attempts: 3, cause: { message: 'fetch failed' } });
    expect((error as Error).message).toContain('ECONNREFUSED');
  });

  it('within timeoutMs ends the attempt, even of a fetch that does not listen to its signal', async () => {
    const deaf = vi.fn(() => new Promise<Response>(() => {}));
    const client = createUnbilledUsageClient({
      credential: 'token',
      fetch: deaf,
      timeoutMs: 1,
      retry: { limit: 1, baseDelayMs: 1 },
    });
    const error = await failure(client.getExport(handle));
    expect(error).toMatchObject({ name: 'NetworkError', attempts: 2, cause: { name: 'TimeoutError' } });
    expect(deaf).toHaveBeenCalledTimes(2);
  });
});

describe('the back-off', () => {
  it.each([
    [1, 0, 1_000],
    [2, 0, 2_000],
    [4, 0, 8_000],
    [9, 0, 30_000],
    [2_000, 0, 30_000],
    [1, 0.5, 750],
    [1, 0.999, 500.5],
  ])('before retry %i, with chance %d, is %d ms', (n, chance, ms) => {
    vi.spyOn(Math, 'random').mockReturnValue(chance);
    expect(backOff(n, { baseDelayMs: 1_000, maxDelayMs: 30_000 })).toBeCloseTo(ms);
  });
});

describe('the credential', () => {
  it('is asked for the scope of Graph, with a signal', async () => {
    const credential: TokenCredential = { getToken: vi.fn(async () => ({ token: 'from-credential' })) };
    const service = await scripted(running);
    await clientOf(service, { credential }).getExport(handle);
    expect(credential.getToken).toHaveBeenCalledWith('https://graph.microsoft.com/.default', {
      abortSignal: expect.any(AbortSignal),
    });
    expect(service.requests[0]?.headers.authorization).toBe('Bearer from-credential');
  });

  it.each([
    ['a function', () => 'one'],
    ['an async function', async () => 'one'],
  ])('can be %s', async (_, credential) => {
    const service = await scripted(running);
    await clientOf(service, { credential }).getExport(handle);
    expect(service.requests[0]?.headers.authorization).toBe('Bearer one');
  });

  it('is asked before each attempt, and once more after a 401', async () => {
    const tokens = ['first', 'second', 'third'];
    const service = await scripted(refusal(401), refusal(503), running);
    await clientOf(service, { credential: () => tokens.shift() ?? '', retry: { limit: 1 } }).getExport(handle);
    expect(service.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer first',
      'Bearer second',
      'Bearer third',
    ]);
  });

  it('whose second token is refused, too, is at its end', async () => {
    const service = await scripted(refusal(401));
    expect(await failure(clientOf(service, { credential: () => 'old' }).getExport(handle))).toMatchObject({
      status: 401,
    });
    expect(service.requests).toHaveLength(2);
  });

  it('that does not answer within timeoutMs is asked again, and a NetworkError in the end', async () => {
    const credential = vi.fn(() => new Promise<string>(() => {}));
    const service = await scripted(running);
    const client = clientOf(service, { credential, timeoutMs: 1, retry: { limit: 1 } });
    expect(await failure(client.getExport(handle))).toMatchObject({ name: 'NetworkError', attempts: 2 });
    expect(credential).toHaveBeenCalledTimes(2);
    expect(service.requests).toEqual([]);
  });

  it('that fails is heard, and not asked again', async () => {
    const problem = new Error('sign in first');
    const credential = vi.fn(() => Promise.reject(problem));
    const service = await scripted(running);
    expect(await failure(clientOf(service, { credential }).getExport(handle))).toBe(problem);
    expect(credential).toHaveBeenCalledTimes(1);
  });
});

describe('a claims challenge', () => {
  const claims = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}';
  const challenge = (encoded: string, error = 'error="insufficient_claims", ') =>
    refusal(401, {
      'www-authenticate': `Bearer realm="", authorization_uri="https://login.example/authorize", ${error}claims="${encoded}"`,
    });
  const tokenFor = () => {
    const getToken = vi.fn<TokenCredential['getToken']>(async (_, options) => ({
      token: options?.claims ? 'with-claims' : 'without',
    }));
    return { getToken, given: () => getToken.mock.calls.map(([, options]) => options?.claims) };
  };

  it('is answered with a token for its claims, which the retries keep', async () => {
    const { getToken, given } = tokenFor();
    const service = await scripted(challenge(btoa(claims)), refusal(503), running);
    await clientOf(service, { credential: { getToken } }).getExport(handle);
    expect(given()).toEqual([undefined, claims, claims]);
    expect(service.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer without',
      'Bearer with-claims',
      'Bearer with-claims',
    ]);
  });

  it('whose parameters come in another order is one as well', async () => {
    const { getToken, given } = tokenFor();
    const header = `Bearer claims="${btoa(claims)}", error="insufficient_claims"`;
    const service = await scripted(refusal(401, { 'www-authenticate': header }), running);
    await clientOf(service, { credential: { getToken } }).getExport(handle);
    expect(given()).toEqual([undefined, claims]);
  });

  it('again and again is a GraphRequestError', async () => {
    const { getToken, given } = tokenFor();
    const service = await scripted(challenge(btoa(claims)));
    expect(await failure(clientOf(service, { credential: { getToken } }).getExport(handle))).toMatchObject({
      status: 401,
    });
    expect(given()).toEqual([undefined, claims]);
  });

  it.each([
    ['that is not base64', challenge('%%%')],
    ['for another error', challenge(btoa(claims), 'error="invalid_token", ')],
    ['without claims', challenge('')],
  ])('%s is an ordinary 401', async (_, answer) => {
    const { getToken, given } = tokenFor();
    const service = await scripted(answer, running);
    await clientOf(service, { credential: { getToken }, retry: { limit: 0 } }).getExport(handle);
    expect(given()).toEqual([undefined, undefined]);
  });
});

describe('an answer that is too large', () => {
  /** A body of so many MiB, of which it counts those that are asked for. */
  function large(mebibytes: number) {
    const piece = new TextEncoder().encode(' '.repeat(2 ** 20));
    const state = { given: 0, cancelled: false };
    const body = () =>
      new ReadableStream({
        pull(controller) {
          if (state.given === mebibytes) return controller.close();
          state.given++;
          controller.enqueue(piece);
        },
        cancel() {
          state.cancelled = true;
        },
      });
    return { state, body };
  }

  it('breaks the contract, is not asked for again, and is not read to its end', async () => {
    const { state, body } = large(2_000);
    const fetch = vi.fn(async () => new Response(body()));
    const error = await failure(clientOf({ url: 'https://graph.example' }, { fetch }).getExport(handle));
    expect(error).toMatchObject({ name: 'ContractError', where: 'body', handle });
    expect(fetch).toHaveBeenCalledTimes(1);
    expect(state.cancelled).toBe(true);
    expect(state.given).toBeLessThan(70);
  });

  it('by less than a byte is read', async () => {
    const operation = JSON.stringify(example('running'));
    const fetch = async () => new Response(operation.padEnd(2 ** 26));
    const client = clientOf({ url: 'https://graph.example' }, { fetch });
    expect(await client.getExport(handle)).toMatchObject({ state: 'running' });
  });

  it('and an error is quoted from its beginning, and not read to its end', async () => {
    const { state, body } = large(2_000);
    const fetch = async () => new Response(body(), { status: 400 });
    const error = await failure(clientOf({ url: 'https://graph.example' }, { fetch }).getExport(handle));
    expect(error).toMatchObject({ name: 'GraphRequestError', status: 400 });
    expect(state.cancelled).toBe(true);
    expect(state.given).toBeLessThan(5);
  });
});

it.each([200, 400])('an answer %i with JSON 100,000 levels deep is an error of the library', async (status) => {
  const deep = `{"error":{"innerError":${'{"innerError":'.repeat(100_000)}1${'}'.repeat(100_000)}}}`;
  const fetch = async () => new Response(deep, { status });
  const error = await failure(clientOf({ url: 'https://graph.example' }, { fetch }).getExport(handle));
  expect(error).toBeInstanceOf(UnbilledUsageError);
});

describe('onAttempt', () => {
  it('is called after each request, with what came of it and what follows', async () => {
    const onAttempt = vi.fn();
    const service = await scripted(refusal(401), refusal(503, { 'retry-after': '0', 'request-id': 'r-2' }), cut, {
      ...(running as object),
      headers: { 'request-id': 'r-4' },
    });
    await clientOf(service, { onAttempt, credential: () => 'secret-token' }).getExport(handle);
    const common = {
      method: 'GET',
      url: `${service.url}/v1.0/reports/partners/billing/operations/${handle.operationId}`,
      durationMs: expect.any(Number),
    };
    const sent = service.requests.map(({ headers }) => headers['client-request-id']);
    expect(onAttempt.mock.calls.map(([attempt]) => attempt)).toEqual([
      {
        ...common,
        attempt: 1,
        clientRequestId: sent[0],
        status: 401,
        error: expect.any(GraphRequestError),
        retryInMs: 0,
      },
      {
        ...common,
        attempt: 2,
        clientRequestId: sent[1],
        status: 503,
        requestId: 'r-2',
        error: expect.any(GraphRequestError),
        retryInMs: 0,
      },
      {
        ...common,
        attempt: 3,
        clientRequestId: sent[2],
        error: expect.any(NetworkError),
        retryInMs: expect.any(Number),
      },
      { ...common, attempt: 4, clientRequestId: sent[3], status: 200, requestId: 'r-4' },
    ]);
    for (const [attempt] of onAttempt.mock.calls) expectNoLeak(attempt);
  });

  it('is told that no attempt follows the last one', async () => {
    const onAttempt = vi.fn();
    const service = await scripted(refusal(404));
    const error = await failure(clientOf(service, { onAttempt }).getExport(handle));
    expect(onAttempt).toHaveBeenCalledTimes(1);
    expect(onAttempt.mock.calls[0]?.[0]).toMatchObject({ status: 404, error });
    expect(onAttempt.mock.calls[0]?.[0].retryInMs).toBeUndefined();
  });

  it('is told that no attempt follows when the deadline would pass before', async () => {
    const onAttempt = vi.fn();
    const service = await scripted(refusal(503, { 'retry-after': '60' }));
    await failure(clientOf(service, { onAttempt }).waitForExport(handle, { timeoutMs: 30_000 }));
    expect(onAttempt.mock.calls[0]?.[0]).toMatchObject({ status: 503, error: expect.any(GraphRequestError) });
    expect(onAttempt.mock.calls[0]?.[0].retryInMs).toBeUndefined();
  });

  it('is told of a request that is aborted', async () => {
    const onAttempt = vi.fn();
    const controller = new AbortController();
    const service = await scripted(() => controller.abort(new Error('enough')));
    const { signal } = controller;
    await failure(clientOf(service, { onAttempt }).getExport(handle, { signal }));
    expect(onAttempt.mock.calls).toEqual([[expect.objectContaining({ attempt: 1, error: signal.reason })]]);
  });

  it('is not called when the credential gives no token: nothing is sent', async () => {
    const onAttempt = vi.fn();
    const service = await scripted(running);
    const credential = () => Promise.reject(new Error('sign in first'));
    await failure(clientOf(service, { onAttempt, credential }).getExport(handle));
    expect(onAttempt).not.toHaveBeenCalled();
  });

  const thrown = new Error('mine');
  it.each([
    [
      'throws',
      () => {
        throw thrown;
      },
    ],
    ['rejects', () => Promise.reject(thrown)],
  ])('that %s ends the call with that', async (_, onAttempt) => {
    const service = await scripted(running);
    expect(await failure(clientOf(service, { onAttempt }).getExport(handle))).toBe(thrown);
  });
});

describe('a redirect', () => {
  it.each(['the same origin', 'another origin'])('to %s is not followed, so the token goes nowhere', async (where) => {
    expectBreach(/^response status: GET 302/);
    const elsewhere = await scripted(running);
    const target = where === 'another origin' ? `${elsewhere.url}/there` : '/there';
    const service = await scripted({ status: 302, headers: { location: target } });
    expect(await failure(clientOf(service).getExport(handle))).toMatchObject({
      name: 'GraphRequestError',
      status: 302,
    });
    expect(service.requests).toHaveLength(1);
    expect(elsewhere.requests).toEqual([]);
  });
});
