import { describe, expect, it } from 'vitest';
import { createUnbilledUsageClient, type ExportHandle, type UnbilledUsageExportRequest } from '../../src/index.ts';
import { downloadExport } from '../../src/node/index.ts';
import { clientOf, collect, example, failure, handle, refusal } from '../support/play.ts';

// A message names the request, the response and the next step.

const request = { currencyCode: 'USD', billingPeriod: 'last' } as const;
const exportOf = `(export ${handle.operationId})`;
const manifest = { rootDirectory: 'https://storage.example/d', sasToken: 'sig=1', blobs: [{ name: 'a.gz' }] };

/** Creates a client that gets these responses in turn, without a network. The last one repeats. */
function clientWith(...answers: (Response | Error)[]) {
  const fetch = async () => {
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer instanceof Response) return answer.clone();
    throw answer;
  };
  return clientOf({ url: 'https://graph.example' }, { fetch, retry: { limit: 1 } });
}

const silent = clientWith(new Error('this client must not send anything'));

describe('the message for invalid input is:', () => {
  const start = (changes: object) => () =>
    silent.startExport({ ...request, ...changes } as unknown as UnbilledUsageExportRequest);
  const make = (options: unknown) => async () =>
    createUnbilledUsageClient(options as Parameters<typeof createUnbilledUsageClient>[0]);
  const download = (options: object) => () => downloadExport(silent, handle, { directory: 'never-made', ...options });
  const names = 'currencyCode, billingPeriod, attributeSet';
  const token = 'a token without `Bearer`, a function that returns one, or a TokenCredential';

  it.each<[string, () => Promise<unknown>]>([
    ['request must be an object, not null.', () => silent.startExport(null as never)],
    [
      'currencyCode must be an ISO 4217 code of three capital letters, such as USD, not "usd".',
      start({ currencyCode: 'usd' }),
    ],
    ['billingPeriod must be current or last, not "next".', start({ billingPeriod: 'next' })],
    ['attributeSet must be full or basic, not "all".', start({ attributeSet: 'all' })],
    [`currency must be one of ${names}, not "currency".`, start({ currency: 'USD' })],
    [
      'handle must be what startExport returned, an operation ID or its URL, not an array.',
      () => silent.getExport([] as never),
    ],
    ['source must be an object, not "id".', () => collect(silent.lineItems('id' as unknown as ExportHandle))],
    [
      'numbers must be number or string, not "bigint".',
      () => collect(silent.lineItems(manifest, { numbers: 'bigint' as 'string' })),
    ],
    ['pollIntervalMs must be a positive number, not -1.', () => silent.waitForExport(handle, { pollIntervalMs: -1 })],
    ['options must be an object, not undefined.', make(undefined)],
    [`credential must be ${token}, not {}.`, make({ credential: {} })],
    [`credential must be ${token}, not null.`, make({ credential: null })],
    [`credential must be ${token}, not "".`, make({ credential: '' })],
    [`credential must be ${token}, not this text.`, make({ credential: 'Bearer x' })],
    ['apiVersion must be v1.0 or beta, not "v2".', make({ credential: 'x', apiVersion: 'v2' })],
    ['fetch must be a function, not null.', make({ credential: 'x', fetch: null })],
    [
      'baseUrl must be an http(s) URL without credentials, query or fragment, not "x.example".',
      make({ credential: 'x', baseUrl: 'x.example' }),
    ],
    ['timeoutMs must be a positive number, not NaN.', make({ credential: 'x', timeoutMs: Number.NaN })],
    ['retry must be an object, not 5.', make({ credential: 'x', retry: 5 })],
    ['retry.limit must be a whole number, not -1.', make({ credential: 'x', retry: { limit: -1 } })],
    ['directory must be a path, not "".', download({ directory: '' })],
    ['concurrency must be a whole number from 1 to 64, not 65.', download({ concurrency: 65 })],
    [
      'client must be what createUnbilledUsageClient returned, not {}.',
      () => downloadExport({} as never, handle, { directory: 'never-made' }),
    ],
  ])('%s', async (message, run) => {
    expect(await failure((async () => run())())).toMatchObject({ name: 'InvalidRequestError', message });
  });
});

describe('the message for an error response', () => {
  const call = `GET /v1.0/reports/partners/billing/operations/${handle.operationId} answered`;

  it.each([
    [400, 'BadRequest Invalid currency code.', ''],
    [
      401,
      'InvalidAuthenticationToken Access token has expired or is not yet valid.',
      ' The token is missing, expired or not for https://graph.microsoft.com.',
    ],
    [
      403,
      'Forbidden The caller may not read billing data of this partner.',
      ' The token needs PartnerBilling.Read.All in the tenant of the partner.',
    ],
    [404, 'NotFound The operation does not exist.', ' Check the ID and the tenant.'],
    [410, 'Gone The operation has expired.', ' Start a new export.'],
  ])('%i names the request, the response, the IDs and the remedy', async (status, text, advice) => {
    const headers = { 'request-id': 'r-1', date: 'Tue, 01 Oct 2024 08:12:53 GMT' };
    const { body } = refusal(status) as { body: object };
    const error = await failure(clientWith(Response.json(body, { status, headers })).getExport(handle));
    const { message, clientRequestId } = error as { message: string; clientRequestId: string };
    const ids = `(request-id r-1, client-request-id ${clientRequestId}, Tue, 01 Oct 2024 08:12:53 GMT).`;
    expect(message).toBe(`${call} ${status} ${text}${advice} ${ids}`);
  });

  it('shows which IDs are missing', async () => {
    const error = await failure(clientWith(new Response('', { status: 400 })).getExport(handle));
    expect((error as Error).message).toMatch(
      / answered 400 \(request-id unknown, client-request-id [\w-]+, no date\)\.$/,
    );
  });
});

describe('the message for a missing response', () => {
  it('names the request, the attempts and the cause', async () => {
    const cause = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:9') });
    expect(await failure(clientWith(cause).startExport(request))).toMatchObject({
      name: 'NetworkError',
      message:
        'POST /v1.0/reports/partners/billing/usage/unbilled/export got no answer on attempt 2: ' +
        'fetch failed: connect ECONNREFUSED 127.0.0.1:9.',
    });
  });

  it('names the credential if it did not return', async () => {
    const options = { credential: () => new Promise<string>(() => {}), timeoutMs: 1, retry: { limit: 0 } };
    expect(await failure(clientOf({ url: 'https://graph.example' }, options).getExport('1'))).toMatchObject({
      message:
        'The credential for GET /v1.0/reports/partners/billing/operations/1 got no answer on attempt 1: ' +
        'timed out after 1 ms.',
    });
  });
});

describe('the message for a broken contract names the place and the export:', () => {
  const success = (resourceLocation: unknown) => example('succeededEmbedded', { resourceLocation });
  const link = 'resourceLocation@odata.navigationLink';
  const type = '#microsoft.graph.partners.billing.failedOperation';

  it.each<[string, object]>([
    ['operation has an unknown @odata.type ("#new") and status (7)', { '@odata.type': '#new', status: 7 }],
    ['operation.error is missing', { '@odata.type': type, status: 'failed' }],
    ['resourceLocation and its link are missing', success(undefined)],
    [`${link} names no manifest: "/x"`, { ...success(undefined), [link]: '/x' }],
    [
      'manifest.rootDirectory is not an https URL: "ftp://x.example"',
      success({ ...manifest, rootDirectory: 'ftp://x.example' }),
    ],
    [
      'manifest.rootDirectory is not an https URL: "http://x.example"',
      success({ ...manifest, rootDirectory: 'http://x.example' }),
    ],
    ['manifest.sasToken is missing', success({ ...manifest, sasToken: '' })],
    ['manifest.blobs is missing', success({ ...manifest, blobs: {} })],
    ['manifest.blobs[1].name is missing', success({ ...manifest, blobs: [{ name: 'a' }, {}] })],
    ['manifest.blobs[1].name is listed twice', success({ ...manifest, blobs: [{ name: 'a' }, { name: 'a' }] })],
    ['manifest.blobCount is 3, not 1', success({ ...manifest, blobCount: 3 })],
  ])('%s', async (problem, operation) => {
    const error = await failure(clientWith(Response.json(operation)).getExport(handle));
    expect(error).toMatchObject({ name: 'ContractError', message: `${problem} ${exportOf}.` });
  });

  it('body is not JSON', async () => {
    const error = await failure(clientWith(new Response('<html>')).getExport(handle));
    expect(error).toMatchObject({ name: 'ContractError', message: `body is not JSON ${exportOf}.` });
  });

  it.each([
    ['is missing', {}],
    ['names no operation: "https://graph.example/"', { location: 'https://graph.example/' }],
  ])('Location %s', async (problem, headers) => {
    const error = await failure(clientWith(new Response(null, { status: 202, headers })).startExport(request));
    expect(error).toMatchObject({ name: 'ContractError', message: `Location ${problem}.` });
  });
});
