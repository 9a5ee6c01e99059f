import { describe, expect, it } from 'vitest';
import { createUnbilledUsageClient, GraphRequestError, type UnbilledUsageExportRequest } from '../../src/index.ts';
import { expectBreach } from '../support/observe.setup.ts';
import { accepted, clientOf, failure, handle, refusal, scripted } from '../support/play.ts';
import { prismUrl } from '../support/servers.ts';

const request: UnbilledUsageExportRequest = { currencyCode: 'USD', billingPeriod: 'current' };

/** Returns a `fetch` that sends requests for Microsoft Graph to Prism, and the list of these requests. */
function prismInsteadOfGraph(): {
  fetch: typeof fetch;
  requests: { method?: string; url: string; body: unknown; headers: Headers }[];
} {
  const requests: ReturnType<typeof prismInsteadOfGraph>['requests'] = [];
  return {
    requests,
    fetch: (input, init = {}) => {
      requests.push({
        method: init.method ?? '',
        url: String(input),
        body: init.body,
        headers: new Headers(init.headers),
      });
      return fetch(String(input).replace(/^https:\/\/graph\.microsoft\.com\/(v1\.0|beta)/, prismUrl()), init);
    },
  };
}

describe('startExport', () => {
  it('sends the documented request on /beta', async () => {
    const graph = prismInsteadOfGraph();
    const client = createUnbilledUsageClient({ credential: 'token', apiVersion: 'beta', fetch: graph.fetch });

    const result = await client.startExport({ currencyCode: 'USD', attributeSet: 'full', billingPeriod: 'current' });

    expect(graph.requests).toHaveLength(1);
    expect(graph.requests[0]).toMatchObject({
      method: 'POST',
      url: 'https://graph.microsoft.com/beta/reports/partners/billing/usage/unbilled/export',
      body: '{"currencyCode":"USD","attributeSet":"full","billingPeriod":"current"}',
    });
    expect(graph.requests[0]?.headers.get('authorization')).toBe('Bearer token');
    expect(graph.requests[0]?.headers.get('content-type')).toBe('application/json');
    expect(result).toEqual({
      operationId: '9ab9cb54-d07f-4f52-9ea6-a09d7de52c14',
      location:
        'https://graph.microsoft.com/beta/reports/partners/billing/operations/9ab9cb54-d07f-4f52-9ea6-a09d7de52c14',
    });
  });

  it('uses v1.0 by default', async () => {
    const graph = prismInsteadOfGraph();
    await createUnbilledUsageClient({ credential: 'token', fetch: graph.fetch }).startExport(request);
    expect(graph.requests[0]?.url).toBe(
      'https://graph.microsoft.com/v1.0/reports/partners/billing/usage/unbilled/export',
    );
  });
});

describe('the request body', () => {
  it.each<UnbilledUsageExportRequest>([
    { currencyCode: 'USD', billingPeriod: 'current' },
    { currencyCode: 'INR', billingPeriod: 'last' },
    { currencyCode: 'EUR', billingPeriod: 'last', attributeSet: 'basic' },
    { currencyCode: 'EUR', billingPeriod: 'last', attributeSet: 'full' },
  ])('is %j, without added defaults', async (body) => {
    const service = await scripted(accepted);
    await clientOf(service).startExport(body);
    expect(JSON.parse(service.requests[0]?.body ?? '')).toEqual(body);
  });

  it('omits undefined properties and leaves the input unchanged', async () => {
    const service = await scripted(accepted);
    const input = Object.freeze({ ...request, attributeSet: undefined });
    await clientOf(service).startExport(input as unknown as UnbilledUsageExportRequest);
    expect(JSON.parse(service.requests[0]?.body ?? '')).toEqual(request);
  });
});

describe('an error response', () => {
  const calls = {
    startExport: (url: string) => clientOf({ url }, { retry: { limit: 0 } }).startExport(request),
    getExport: (url: string) => clientOf({ url }, { retry: { limit: 0 } }).getExport(handle),
  };
  const table = Object.keys(calls).flatMap((name) =>
    [400, 401, 403, 404, 410, 429, 500, 503, 504].map((status) => [name as keyof typeof calls, status] as const),
  );

  it.each(table)('to %s with status %i throws a GraphRequestError with the request IDs', async (name, status) => {
    const service = await scripted(
      refusal(status, {
        'request-id': 'r-1',
        date: 'Tue, 01 Oct 2024 08:12:53 GMT',
        ...(status === 429 && { 'retry-after': '7' }),
      }),
    );
    const error = (await failure(calls[name](service.url))) as GraphRequestError;

    expect(error).toBeInstanceOf(GraphRequestError);
    expect(error).toMatchObject({
      name: 'GraphRequestError',
      code: 'GRAPH_REQUEST',
      status,
      graphCode: expect.stringMatching(/^[A-Z]\w+$/),
      requestId: 'r-1',
      clientRequestId: service.requests.at(-1)?.headers['client-request-id'],
      date: 'Tue, 01 Oct 2024 08:12:53 GMT',
    });
    expect(error.retryAfterMs).toBe(status === 429 ? 7_000 : undefined);
    for (const part of [service.requests[0]?.url, status, error.graphCode, 'r-1', error.clientRequestId]) {
      expect(error.message).toContain(String(part));
    }
  });

  it.each(['innerError', 'innererror'])('takes the IDs from %s if the headers are missing', async (inner) => {
    const body = {
      error: { code: 'Forbidden', message: 'No.', [inner]: { 'request-id': 'r-2', date: '2024-10-01T08:12:53' } },
    };
    const service = await scripted((_, response) => {
      response.sendDate = false;
      response.writeHead(403, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    expect(await failure(calls.getExport(service.url))).toMatchObject({
      requestId: 'r-2',
      date: '2024-10-01T08:12:53',
      graphCode: 'Forbidden',
    });
  });

  it.each([
    ['an empty body', '', '400 (request-id'],
    ['a proxy page', '<html>\n  Bad   gateway</html>', '400 <html> Bad gateway</html>'],
    ['JSON that is not an object', 'null', '400 null'],
  ])('with %s still throws a GraphRequestError', async (_, body, text) => {
    expectBreach(/^response body: POST 400/);
    const service = await scripted({ status: 400, body });
    const error = (await failure(calls.startExport(service.url))) as GraphRequestError;
    expect(error).toMatchObject({ status: 400, graphCode: undefined, requestId: undefined });
    expect(error.message).toContain(text);
  });
});
