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

describe('an error response', () => {
  it.each([429, 500, 503, 504])('with status %i is retried, for the export and for the operation', async (status) => {
    const service = await scripted(refusal(status), accepted, refusal(status), running);
    const client = clientOf(service);
    await client.getExport(await client.startExport(request));
    expect(service.requests.map(({ method }) => method)).toEqual(['POST', 'POST', 'GET', 'GET']);
    expect(service.requests[1]?.body).toBe(service.requests[0]?.body);
  });

  it('with status 502, undocumented but common in gateways, is retried', async () => {
    expectBreach(/^response status: GET 502/);
    const service = await scripted({ status: 502, body: 'Bad gateway' }, running);
    expect(await clientOf(service).getExport(handle)).toMatchObject({ state: 'running' });
  });

  it.each([400, 401, 403, 404, 410])('with status %i is not retried', async (status) => {
    const service = await scripted(refusal(status));
    expect(await failure(clientOf(service).getExport(handle))).toMatchObject({ status });
    expect(service.requests).toHaveLength(1);
  });

  it.each([
    [undefined, 5],
    [0, 1],
    [2, 3],
  ])('is thrown after the last retry (limit %s: %i requests)', async (limit, requests) => {
    const service = await scripted(refusal(503));
    const error = await failure(clientOf(service, { retry: { limit } }).getExport(handle));
    expect(error).toBeInstanceOf(GraphRequestError);
    expect(service.requests).toHaveLength(requests);
  });

  it('is retried with a new client-request-id each time', async () => {
    const service = await scripted(refusal(503), refusal(503), running);
    await clientOf(service).getExport(handle);
    expect(new Set(service.requests.map(({ headers }) => headers['client-request-id'])).size).toBe(3);
  });

  it('is retried after its Retry-After, not after the back-off', async () => {
    const service = await scripted(refusal(429, { 'retry-after': '0' }), running);
    await clientOf(service, { retry: { baseDelayMs: 3_600_000, maxDelayMs: 3_600_000 } }).getExport(handle);
    expect(service.requests).toHaveLength(2);
  });
});

describe('a missing response', () => {
  it.each([
    ['a connection that breaks before the response', cut],
    ['a connection that breaks within the response', cutInBody],
  ])('is retried after %s', async (_, answer) => {
    const service = await scripted(answer, running);
    expect(await clientOf(service).getExport(handle)).toMatchObject({ state: 'running' });
  });

  it('is retried for an export too, as a lost Location cannot be recovered', async () => {
    const service = await scripted(cut, accepted);
    expect(await clientOf(service).startExport(request)).toEqual(handle);
  });

  it('throws a NetworkError with cause and attempts after the last retry', async () => {
    const { url, close } = await startScriptedServer(running);
    await close();
    const error = await failure(clientOf({ url }, { retry: { limit: 2 } }).getExport(handle));
    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({ code: 'NETWORK', attempts: 3, cause: { message: 'fetch failed' } });
    expect((error as Error).message).toContain('ECONNREFUSED');
  });

  it('ends the attempt after timeoutMs, even if fetch ignores its signal', async () => {
    const ignoresSignal = vi.fn(() => new Promise<Response>(() => {}));
    const client = createUnbilledUsageClient({
      credential: 'token',
      fetch: ignoresSignal,
      timeoutMs: 1,
      retry: { limit: 1, baseDelayMs: 1 },
    });
    const error = await failure(client.getExport(handle));
    expect(error).toMatchObject({ name: 'NetworkError', attempts: 2, cause: { name: 'TimeoutError' } });
    expect(ignoresSignal).toHaveBeenCalledTimes(2);
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
  ])('before retry %i, with the random number %d, is %d ms', (n, chance, ms) => {
    vi.spyOn(Math, 'random').mockReturnValue(chance);
    expect(backOff(n, { baseDelayMs: 1_000, maxDelayMs: 30_000 })).toBeCloseTo(ms);
  });
});

describe('the credential', () => {
  it('receives the scope of Graph and a signal', async () => {
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

  it('is called before each attempt, and once more after a 401', async () => {
    const tokens = ['first', 'second', 'third'];
    const service = await scripted(refusal(401), refusal(503), running);
    await clientOf(service, { credential: () => tokens.shift() ?? '', retry: { limit: 1 } }).getExport(handle);
    expect(service.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer first',
      'Bearer second',
      'Bearer third',
    ]);
  });

  it('fails the call if its second token is refused too', async () => {
    const service = await scripted(refusal(401));
    expect(await failure(clientOf(service, { credential: () => 'old' }).getExport(handle))).toMatchObject({
      status: 401,
    });
    expect(service.requests).toHaveLength(2);
  });

  it('is called again if it exceeds timeoutMs, and finally throws a NetworkError', async () => {
    const credential = vi.fn(() => new Promise<string>(() => {}));
    const service = await scripted(running);
    const client = clientOf(service, { credential, timeoutMs: 1, retry: { limit: 1 } });
    expect(await failure(client.getExport(handle))).toMatchObject({ name: 'NetworkError', attempts: 2 });
    expect(credential).toHaveBeenCalledTimes(2);
    expect(service.requests).toEqual([]);
  });

  it('passes on its error and is not called again', async () => {
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
    return { getToken, claimsSent: () => getToken.mock.calls.map(([, options]) => options?.claims) };
  };

  it('leads to a token for its claims, which retries keep', async () => {
    const { getToken, claimsSent } = tokenFor();
    const service = await scripted(challenge(btoa(claims)), refusal(503), running);
    await clientOf(service, { credential: { getToken } }).getExport(handle);
    expect(claimsSent()).toEqual([undefined, claims, claims]);
    expect(service.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer without',
      'Bearer with-claims',
      'Bearer with-claims',
    ]);
  });

  it('may list its parameters in another order', async () => {
    const { getToken, claimsSent } = tokenFor();
    const header = `Bearer claims="${btoa(claims)}", error="insufficient_claims"`;
    const service = await scripted(refusal(401, { 'www-authenticate': header }), running);
    await clientOf(service, { credential: { getToken } }).getExport(handle);
    expect(claimsSent()).toEqual([undefined, claims]);
  });

  it('that is repeated throws a GraphRequestError', async () => {
    const { getToken, claimsSent } = tokenFor();
    const service = await scripted(challenge(btoa(claims)));
    expect(await failure(clientOf(service, { credential: { getToken } }).getExport(handle))).toMatchObject({
      status: 401,
    });
    expect(claimsSent()).toEqual([undefined, claims]);
  });

  it.each([
    ['that is not base64', challenge('%%%')],
    ['for another error', challenge(btoa(claims), 'error="invalid_token", ')],
    ['without claims', challenge('')],
  ])('%s is an ordinary 401', async (_, answer) => {
    const { getToken, claimsSent } = tokenFor();
    const service = await scripted(answer, running);
    await clientOf(service, { credential: { getToken }, retry: { limit: 0 } }).getExport(handle);
    expect(claimsSent()).toEqual([undefined, undefined]);
  });
});

describe('a response that is too large', () => {
  /** Creates a body of `mebibytes` MiB, and counts how many of them are read. */
  function large(mebibytes: number) {
    const piece = new TextEncoder().encode(' '.repeat(2 ** 20));
    const state = { pieces: 0, cancelled: false };
    const body = () =>
      new ReadableStream({
        pull(controller) {
          if (state.pieces === mebibytes) return controller.close();
          state.pieces++;
          controller.enqueue(piece);
        },
        cancel() {
          state.cancelled = true;
        },
      });
    return { state, body };
  }

  it('throws a ContractError without a retry, and is not read to its end', async () => {
    const { state, body } = large(2_000);
    const fetch = vi.fn(async () => new Response(body()));
    const error = await failure(clientOf({ url: 'https://graph.example' }, { fetch }).getExport(handle));
    expect(error).toMatchObject({ name: 'ContractError', where: 'body', handle });
    expect(fetch).toHaveBeenCalledTimes(1);
    expect(state.cancelled).toBe(true);
    expect(state.pieces).toBeLessThan(70);
  });

  it('is not a response of exactly the maximum size', async () => {
    const operation = JSON.stringify(example('running'));
    const fetch = async () => new Response(operation.padEnd(2 ** 26));
    const client = clientOf({ url: 'https://graph.example' }, { fetch });
    expect(await client.getExport(handle)).toMatchObject({ state: 'running' });
  });

  it('with an error status is quoted from its start, and not read to its end', async () => {
    const { state, body } = large(2_000);
    const fetch = async () => new Response(body(), { status: 400 });
    const error = await failure(clientOf({ url: 'https://graph.example' }, { fetch }).getExport(handle));
    expect(error).toMatchObject({ name: 'GraphRequestError', status: 400 });
    expect(state.cancelled).toBe(true);
    expect(state.pieces).toBeLessThan(5);
  });
});

it.each([200, 400])('a response %i with JSON nested 100,000 levels deep throws a library error', async (status) => {
  const deep = `{"error":{"innerError":${'{"innerError":'.repeat(100_000)}1${'}'.repeat(100_000)}}}`;
  const fetch = async () => new Response(deep, { status });
  const error = await failure(clientOf({ url: 'https://graph.example' }, { fetch }).getExport(handle));
  expect(error).toBeInstanceOf(UnbilledUsageError);
});

describe('onAttempt', () => {
  it('receives each request with its outcome and the wait before the next', async () => {
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
    const ids = service.requests.map(({ headers }) => headers['client-request-id']);
    expect(onAttempt.mock.calls.map(([attempt]) => attempt)).toEqual([
      {
        ...common,
        attempt: 1,
        clientRequestId: ids[0],
        status: 401,
        error: expect.any(GraphRequestError),
        retryInMs: 0,
      },
      {
        ...common,
        attempt: 2,
        clientRequestId: ids[1],
        status: 503,
        requestId: 'r-2',
        error: expect.any(GraphRequestError),
        retryInMs: 0,
      },
      {
        ...common,
        attempt: 3,
        clientRequestId: ids[2],
        error: expect.any(NetworkError),
        retryInMs: expect.any(Number),
      },
      { ...common, attempt: 4, clientRequestId: ids[3], status: 200, requestId: 'r-4' },
    ]);
    for (const [attempt] of onAttempt.mock.calls) expectNoLeak(attempt);
  });

  it('receives no wait after the last attempt', async () => {
    const onAttempt = vi.fn();
    const service = await scripted(refusal(404));
    const error = await failure(clientOf(service, { onAttempt }).getExport(handle));
    expect(onAttempt).toHaveBeenCalledTimes(1);
    expect(onAttempt.mock.calls[0]?.[0]).toMatchObject({ status: 404, error });
    expect(onAttempt.mock.calls[0]?.[0].retryInMs).toBeUndefined();
  });

  it('receives no wait if the deadline would pass during it', async () => {
    const onAttempt = vi.fn();
    const service = await scripted(refusal(503, { 'retry-after': '60' }));
    await failure(clientOf(service, { onAttempt }).waitForExport(handle, { timeoutMs: 30_000 }));
    expect(onAttempt.mock.calls[0]?.[0]).toMatchObject({ status: 503, error: expect.any(GraphRequestError) });
    expect(onAttempt.mock.calls[0]?.[0].retryInMs).toBeUndefined();
  });

  it('receives an aborted request', async () => {
    const onAttempt = vi.fn();
    const controller = new AbortController();
    const service = await scripted(() => controller.abort(new Error('enough')));
    const { signal } = controller;
    await failure(clientOf(service, { onAttempt }).getExport(handle, { signal }));
    expect(onAttempt.mock.calls).toEqual([[expect.objectContaining({ attempt: 1, error: signal.reason })]]);
  });

  it('is not called if the credential returns no token, as nothing is sent', async () => {
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
  ])('that %s ends the call with its error', async (_, onAttempt) => {
    const service = await scripted(running);
    expect(await failure(clientOf(service, { onAttempt }).getExport(handle))).toBe(thrown);
  });
});

describe('a redirect', () => {
  it.each(['the same origin', 'another origin'])(
    'to %s is not followed, so the token is not forwarded',
    async (where) => {
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
    },
  );
});
