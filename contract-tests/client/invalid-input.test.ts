import { describe, expect, it, vi } from 'vitest';
import {
  createUnbilledUsageClient,
  type ExportHandle,
  InvalidRequestError,
  type UnbilledUsageExportRequest,
} from '../../src/index.ts';
import { spec } from '../kit/document/document.ts';
import { collect, failure, handle } from '../support/play.ts';

const fetch = vi.fn<typeof globalThis.fetch>();
const client = createUnbilledUsageClient({ credential: 'token', fetch });
const valid = { currencyCode: 'USD', billingPeriod: 'current' };

/** Checks that the error names the field, its value and the allowed values, and that nothing was sent. */
function expectInvalid(error: unknown, field: string, ...texts: string[]): void {
  expect(error).toBeInstanceOf(InvalidRequestError);
  expect(error).toMatchObject({ name: 'InvalidRequestError', code: 'INVALID_REQUEST', field });
  for (const part of [`${field} must be `, ', not ', ...texts]) expect((error as Error).message).toContain(part);
  expect(fetch).not.toHaveBeenCalled();
}

describe('an export request', () => {
  it.each<[string, string, unknown]>([
    ['currencyCode', '""', { ...valid, currencyCode: '' }],
    ['currencyCode', '"usd"', { ...valid, currencyCode: 'usd' }],
    ['currencyCode', '"DOLLAR"', { ...valid, currencyCode: 'DOLLAR' }],
    ['currencyCode', '" USD"', { ...valid, currencyCode: ' USD' }],
    ['currencyCode', '"USD "', { ...valid, currencyCode: 'USD\n' }],
    ['currencyCode', 'undefined', { billingPeriod: 'last' }],
    ['currencyCode', 'an array', { ...valid, currencyCode: ['USD'] }],
    ['billingPeriod', '"next"', { ...valid, billingPeriod: 'next' }],
    ['billingPeriod', '"unknownFutureValue"', { ...valid, billingPeriod: 'unknownFutureValue' }],
    ['billingPeriod', 'null', { ...valid, billingPeriod: null }],
    ['billingPeriod', 'undefined', { currencyCode: 'USD' }],
    ['attributeSet', '"all"', { ...valid, attributeSet: 'all' }],
    ['attributeSet', '"unknownFutureValue"', { ...valid, attributeSet: 'unknownFutureValue' }],
    ['attributeset', 'one of currencyCode', { ...valid, attributeset: 'basic' }],
    ['request', 'null', null],
    ['request', '"USD"', 'USD'],
  ])('with an invalid %s (%s) is not sent', async (field, value, request) => {
    expectInvalid(await failure(client.startExport(request as UnbilledUsageExportRequest)), field, value);
    expectInvalid(await failure(collect(client.exportLineItems(request as UnbilledUsageExportRequest))), field, value);
  });
});

describe('validation follows the contract:', () => {
  const { properties, required } = spec.components.schemas.UnbilledUsageExportRequest;
  const rules = Object.entries<{ enum?: string[] }>(properties).map(([name, { enum: values }]) => {
    return [name, values ?? ['EUR'], required.includes(name)] as const;
  });

  it.each(rules)('%s accepts only %j (required: %s)', async (name, values, isRequired) => {
    const accepting = createUnbilledUsageClient({
      credential: 'token',
      fetch: async () => new Response(null, { status: 202, headers: { location: handle.location } }),
    });
    const start = (value: unknown) => accepting.startExport({ ...valid, [name]: value } as UnbilledUsageExportRequest);
    for (const value of values) expect(await start(value)).toEqual(handle);
    for (const value of ['unknownFutureValue', '', 7, null]) expectInvalid(await failure(start(value)), name);
    if (isRequired) expectInvalid(await failure(start(undefined)), name);
    else expect(await start(undefined)).toEqual(handle);
  });
});

describe('a handle', () => {
  it.each<[unknown]>([
    [''],
    ['a/b'],
    ['.'],
    ['..'],
    ['\ud800'],
    ['https://x.example/operations/%FF'],
    ['two words'],
    ['a\u0007b'],
    ['a\u009bb'],
    ['https://x.example/operations/a%1Bb'],
    ['https://graph.microsoft.com/v1.0/reports/partners/billing/manifests/1'],
    ['https://['],
    [undefined],
    [null],
    [7],
    [{}],
    [{ operationId: '', location: '' }],
    [{ operationId: 7, location: '' }],
    [{ operationId: '1' }],
  ])('is rejected before any request if it is %j', async (value) => {
    expectInvalid(await failure(client.getExport(value as ExportHandle)), 'handle');
    expectInvalid(await failure(client.waitForExport(value as ExportHandle)), 'handle');
  });

  it('appears in the message with its keys but without its values, which may be secret', async () => {
    const error = await failure(client.getExport({ sasToken: 'sig=secret', id: '1' } as unknown as ExportHandle));
    expectInvalid(error, 'handle', '{sasToken, id}');
    expect((error as Error).message).not.toContain('secret');
  });
});

describe('the source of line items', () => {
  it.each<[unknown, string]>([
    [undefined, 'source'],
    [null, 'source'],
    ['id', 'source'],
    [7, 'source'],
    [{}, 'handle'],
    [[], 'handle'],
  ])('must be a handle or a manifest, not %j', async (value, field) => {
    expectInvalid(await failure(collect(client.lineItems(value as ExportHandle))), field);
  });

  it('cannot be read with an unknown value of "numbers"', async () => {
    const options = { numbers: 'bigint' as 'string' };
    expectInvalid(await failure(collect(client.lineItems(handle, options))), 'numbers', '"bigint"');
  });
});

describe('the options of a call', () => {
  const request = valid as UnbilledUsageExportRequest;
  const calls: [string, (options: undefined) => unknown][] = [
    ['startExport', (options) => client.startExport(request, options)],
    ['getExport', (options) => client.getExport(handle, options)],
    ['waitForExport', (options) => client.waitForExport(handle, options)],
    ['lineItems', (options) => collect(client.lineItems(handle, options))],
    ['exportLineItems', (options) => collect(client.exportLineItems(request, options))],
  ];

  it.each(calls)('of %s must be an object', async (_, call) => {
    for (const [options, value] of [
      [null, 'null'],
      [7, '7'],
      ['1 s', '"1 s"'],
    ] as const) {
      expectInvalid(await failure((async () => call(options as never))()), 'options', value);
    }
  });
});

describe('a wait', () => {
  it.each([
    ['timeoutMs', 0],
    ['timeoutMs', Number.NaN],
    ['pollIntervalMs', -1],
    ['pollIntervalMs', '5s' as unknown as number],
  ])('with %s %s does not start, and neither does its export', async (field, ms) => {
    const items = client.exportLineItems(valid as UnbilledUsageExportRequest, { [field]: ms });
    expectInvalid(await failure(collect(items)), field);
    expectInvalid(await failure(client.waitForExport(handle, { [field]: ms })), field);
  });
});

describe('a client', () => {
  it.each<[string, string, unknown]>([
    ['options', 'undefined', undefined],
    ['options', 'null', null],
    ['credential', '""', { credential: '' }],
    ['credential', 'undefined', {}],
    ['credential', 'null', { credential: null }],
    ['credential', '{}', { credential: {} }],
    ['credential', 'this text', { credential: 'Bearer abc' }],
    ['credential', 'this text', { credential: 'abc\n' }],
    ['apiVersion', '"v2.0"', { credential: 'token', apiVersion: 'v2.0' }],
    ['baseUrl', '""', { credential: 'token', baseUrl: '' }],
    ['baseUrl', '"graph.microsoft.com"', { credential: 'token', baseUrl: 'graph.microsoft.com' }],
    ['baseUrl', '"ftp://x.example"', { credential: 'token', baseUrl: 'ftp://x.example' }],
    ['baseUrl', '', { credential: 'token', baseUrl: 'https://me:pw@x.example' }],
    ['baseUrl', '"https://x.example/?a=1"', { credential: 'token', baseUrl: 'https://x.example/?a=1' }],
    ['baseUrl', '"https://x.example/?"', { credential: 'token', baseUrl: 'https://x.example/?' }],
    ['baseUrl', '"https://x.example/#"', { credential: 'token', baseUrl: 'https://x.example/#' }],
    ['baseUrl', '"https://x.example/a#b"', { credential: 'token', baseUrl: 'https://x.example/a#b' }],
    ['baseUrl', '"https://[/"', { credential: 'token', baseUrl: 'https://[/' }],
    ['baseUrl', '7', { credential: 'token', baseUrl: 7 }],
    ['fetch', 'null', { credential: 'token', fetch: null }],
    ['timeoutMs', '0', { credential: 'token', timeoutMs: 0 }],
    ['retry', '5', { credential: 'token', retry: 5 }],
    ['retry.limit', '-1', { credential: 'token', retry: { limit: -1 } }],
    ['retry.limit', '1.5', { credential: 'token', retry: { limit: 1.5 } }],
    ['retry.baseDelayMs', '-1', { credential: 'token', retry: { baseDelayMs: -1 } }],
    ['retry.maxDelayMs', 'NaN', { credential: 'token', retry: { maxDelayMs: Number.NaN } }],
  ])('with an invalid %s (%s) is not created', (field, value, options) => {
    let error: unknown;
    try {
      createUnbilledUsageClient(options as Parameters<typeof createUnbilledUsageClient>[0]);
    } catch (thrown) {
      error = thrown;
    }
    expectInvalid(error, field, value);
    expect((error as Error).message).not.toMatch(/abc|pw/);
  });

  it.each([
    ['an empty string', ''],
    ['undefined', undefined],
    ['a broken token', 'abc\u00e9secret'],
  ])('sends nothing if its credential returns %s', async (_, token) => {
    const badClient = createUnbilledUsageClient({ credential: () => token as string, fetch });
    const error = await failure(badClient.getExport(handle));
    expectInvalid(error, 'credential');
    expect((error as Error).message).not.toContain('secret');
  });

  it('sends nothing if its TokenCredential returns null', async () => {
    const badClient = createUnbilledUsageClient({ credential: { getToken: async () => null }, fetch });
    expectInvalid(await failure(badClient.getExport(handle)), 'credential', 'undefined');
  });

  it('ignores slashes at the end of its base URL', async () => {
    const ok = vi.fn(async () =>
      Response.json({ '@odata.type': '#microsoft.graph.partners.billing.runningOperation' }),
    );
    await createUnbilledUsageClient({ credential: 'token', baseUrl: 'https://x.example/v1.0//', fetch: ok }).getExport(
      '1',
    );
    expect(ok).toHaveBeenCalledWith('https://x.example/v1.0/reports/partners/billing/operations/1', expect.anything());
  });
});
