import { describe, expect, it } from 'vitest';
import { ContractError, ExportFailedError, type ExportStatus, type Manifest } from '../../src/index.ts';
import { expectBreach } from '../support/observe.setup.ts';
import { accepted, clientOf, collect, example, failure, handle, scripted } from '../support/play.ts';

const running = '#microsoft.graph.partners.billing.runningOperation';
const success = '#microsoft.graph.partners.billing.exportSuccessOperation';
const failed = '#microsoft.graph.partners.billing.failedOperation';
const other = '#microsoft.graph.partners.billing.somethingNew';
const manifest = example('manifest');
const error = { code: '5001', message: 'No.' };

async function statusOf(operation: unknown): Promise<ExportStatus> {
  const service = await scripted({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(operation) });
  return clientOf(service).getExport(handle);
}

describe('getExport', () => {
  it.each([
    ['notStarted', 'running'],
    ['running', 'running'],
    ['succeededEmbedded', 'succeeded'],
    ['completed', 'succeeded'],
    ['failedNoData', 'failed'],
    ['failedOther', 'failed'],
  ])('maps the example %s to the state %s', async (name, state) => {
    expect((await statusOf(example(name))).state).toBe(state);
  });

  it.each([
    [running, 'succeeded', 'running'],
    [running, 'somethingNew', 'running'],
    [success, 'running', 'succeeded'],
    [success, 'unknownFutureValue', 'succeeded'],
    [failed, 'succeeded', 'failed'],
  ])('prefers a known type (%s) to the status (%s)', async (type, status, state) => {
    const operation = { '@odata.type': type, id: '1', status, resourceLocation: manifest, error };
    expect((await statusOf(operation)).state).toBe(state);
  });

  it.each([
    ['notStarted', 'running'],
    ['notstarted', 'running'],
    ['Running', 'running'],
    ['processing', 'running'],
    ['completed', 'succeeded'],
    ['SUCCEEDED', 'succeeded'],
    ['failed', 'failed'],
    ['cancelled', 'failed'],
    ['skipped', 'failed'],
  ])('uses the status %s if the type is unknown', async (status, state) => {
    expectBreach(/^response body: GET 200 .*@odata\.type/);
    const operation = { '@odata.type': other, id: '1', status, resourceLocation: manifest, error };
    expect((await statusOf(operation)).state).toBe(state);
  });

  it.each([
    ['an unknown type and status', { '@odata.type': other, id: '1', status: 'pondering' }, 'operation'],
    ['neither type nor status', { id: '1' }, 'operation'],
    ['a status that is a list', { id: '1', status: ['running'] }, 'operation'],
    ['a status that is an object', { id: '1', status: { toString: 1 } }, 'operation'],
    ['null', null, 'operation'],
    ['a list', [], 'operation'],
    ['a success without a manifest', { '@odata.type': success, id: '1', status: 'succeeded' }, 'resourceLocation'],
    [
      'a success with a link to something else',
      {
        '@odata.type': success,
        id: '1',
        status: 'succeeded',
        'resourceLocation@odata.navigationLink': 'https://x.example/1',
      },
      'resourceLocation@odata.navigationLink',
    ],
    [
      'a success with a number as its link',
      { '@odata.type': success, id: '1', status: 'succeeded', 'resourceLocation@odata.navigationLink': 7 },
      'resourceLocation@odata.navigationLink',
    ],
    [
      'a success with a link in a list',
      {
        '@odata.type': success,
        id: '1',
        status: 'succeeded',
        'resourceLocation@odata.navigationLink': ['/reports/partners/billing/manifests/m-1'],
      },
      'resourceLocation@odata.navigationLink',
    ],
    ['a failure without an error', { '@odata.type': failed, id: '1', status: 'failed' }, 'operation.error'],
    [
      'a failure whose error has no code',
      { '@odata.type': failed, id: '1', status: 'failed', error: {} },
      'operation.error',
    ],
  ])('throws a ContractError with the handle for %s', async (_, operation, where) => {
    expectBreach(/^response body: GET 200/);
    const thrown = await failure(statusOf(operation));
    expect(thrown).toBeInstanceOf(ContractError);
    expect(thrown).toMatchObject({ code: 'CONTRACT', where, handle: { operationId: handle.operationId } });
  });

  it('throws a ContractError for a link with invalid encoding', async () => {
    const operation = example('succeededLinked', {
      'resourceLocation@odata.navigationLink': 'https://x.example/reports/partners/billing/manifests/%FF',
    });
    expect(await failure(statusOf(operation))).toMatchObject({
      where: 'resourceLocation@odata.navigationLink',
      handle,
    });
  });

  it.each([
    ['id', 'running', undefined],
    ['status', undefined, 'operation'],
    ['error', 'failed', 'operation.error'],
    ['resourceLocation', 'succeeded', 'manifest.sasToken'],
    ['resourceLocation@odata.navigationLink', 'succeeded', 'resourceLocation@odata.navigationLink'],
  ])('returns or throws for JSON nested 100,000 levels deep in %s', async (name, status, where) => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const text = `{"status":"${status}","${name}":${deep}}`;
    const fetch = async () => new Response(text);
    const result = clientOf({ url: 'https://graph.example' }, { fetch }).getExport(handle);
    if (where) expect(await failure(result)).toMatchObject({ name: 'ContractError', where });
    else expect(await result).toMatchObject({ state: 'running' });
  });

  it('throws a ContractError if the body is not JSON', async () => {
    expectBreach(/^response body: GET 200 has the media type/);
    const service = await scripted({ body: '<html></html>', headers: { 'content-type': 'text/html' } });
    expect(await failure(clientOf(service).getExport(handle))).toMatchObject({ where: 'body', handle });
  });
});

describe('a failed export', () => {
  it.each([
    ['failedNoData', '5000', true],
    ['failedOther', '5001', false],
  ])('in the example %s has the code %s (no data: %s)', async (name, graphCode, noData) => {
    const service = await scripted({ body: example(name) });
    const thrown = await failure(clientOf(service).waitForExport(handle));
    expect(thrown).toBeInstanceOf(ExportFailedError);
    expect(thrown).toMatchObject({ code: 'EXPORT_FAILED', handle, graphCode, noData });
    expect(service.requests).toHaveLength(1);
  });
});

describe('the manifest', () => {
  it.each([
    ['rootDirectory', { rootDirectory: undefined }],
    ['rootDirectory', { rootDirectory: 'ftp://x.example/' }],
    ['rootDirectory', { rootDirectory: 'https://[' }],
    ['sasToken', { sasToken: undefined }],
    ['sasToken', { sasToken: '' }],
    ['blobs', { blobs: undefined }],
    ['blobs', { blobs: {} }],
    ['blobs[0].name', { blobs: [{}], blobCount: 1 }],
    ['blobs[0].name', { blobs: [{ name: '' }], blobCount: 1 }],
    ['blobs[1].name', { blobs: [{ name: 'a' }, null], blobCount: 2 }],
  ])('with an invalid %s (%j) throws a ContractError', async (where, change) => {
    expectBreach(/^response body: GET 200/);
    const operation = example('succeededEmbedded', { resourceLocation: { ...manifest, ...change } });
    expect(await failure(statusOf(operation))).toMatchObject({ where: `manifest.${where}`, handle });
  });

  it('that lists fewer blobs than its blobCount is rejected, as items would be missing', async () => {
    const operation = example('succeededEmbedded', { resourceLocation: { ...manifest, blobCount: 3 } });
    expect(await failure(statusOf(operation))).toMatchObject({ where: 'manifest.blobCount' });
  });

  it('that lists a blob twice is rejected, as items would be counted twice', async () => {
    const blobs = [{ name: '__proto__' }, { name: 'b' }, { name: '__proto__' }];
    const operation = example('succeededEmbedded', { resourceLocation: { ...manifest, blobs, blobCount: 3 } });
    expect(await failure(statusOf(operation))).toMatchObject({ where: 'manifest.blobs[2].name', handle });
  });

  describe('with an http URL, while the base URL uses https,', () => {
    const secure = { ...(manifest as Manifest), rootDirectory: 'https://storage.example/d', eTag: '1' };
    const insecure = { ...secure, rootDirectory: 'HTTP://storage.example/d' };

    /** Creates a client that gets these manifests in turn and records its URLs. The storage refuses every SAS. */
    function clientWith(...manifests: Manifest[]) {
      const urls: string[] = [];
      const fetch = async (input: string | URL | Request) => {
        urls.push(String(input).replace(/\?.*/, ''));
        if (String(input).includes('/storage.example/')) return new Response(null, { status: 403 });
        const resourceLocation = manifests.length > 1 ? manifests.shift() : manifests[0];
        return Response.json(example('succeededEmbedded', { resourceLocation }));
      };
      return { urls, client: clientOf({ url: 'https://graph.example' }, { fetch }) };
    }

    it('throws a ContractError', async () => {
      const { client } = clientWith(insecure);
      expect(await failure(client.getExport(handle))).toMatchObject({ where: 'manifest.rootDirectory', handle });
    });

    it('throws a ContractError before any request if the caller passes it', async () => {
      const { urls, client } = clientWith(insecure);
      const error = await failure(collect(client.lineItems(insecure)));
      expect(error).toMatchObject({ name: 'ContractError', where: 'manifest.rootDirectory' });
      expect(urls).toEqual([]);
    });

    it('throws a ContractError if it replaces an expired one', async () => {
      const { urls, client } = clientWith(secure, insecure);
      const error = await failure(collect(client.lineItems(handle)));
      expect(error).toMatchObject({ name: 'ContractError', where: 'manifest.rootDirectory' });
      expect(urls.filter((url) => /^http:/i.test(url))).toEqual([]);
    });
  });

  it('may lack optional properties and have unknown ones', async () => {
    const { rootDirectory, sasToken, blobs } = manifest as Record<string, unknown>;
    const small = { rootDirectory, sasToken, blobs, '@odata.type': '#new', operationId: 'new' };
    expect(await statusOf(example('succeededEmbedded', { resourceLocation: small }))).toMatchObject({
      manifest: small,
    });
  });

  it.each([
    'https://graph.microsoft.com/v1.0/reports/partners/billing/manifests/m-1',
    'https://elsewhere.example/reports/partners/billing/manifests/m-1/',
    '/v1.0/reports/partners/billing/manifests/m-1?x=1',
  ])('behind the link %s is requested from the base URL', async (link) => {
    const { resourceLocation: _, ...bare } = example('succeededEmbedded') as Record<string, unknown>;
    const service = await scripted(
      { body: { ...bare, 'resourceLocation@odata.navigationLink': link } },
      { body: manifest },
    );
    expect(await clientOf(service).getExport(handle)).toMatchObject({ state: 'succeeded', manifest });
    expect(service.requests.map(({ url }) => url)).toEqual([
      `/v1.0/reports/partners/billing/operations/${handle.operationId}`,
      '/v1.0/reports/partners/billing/manifests/m-1',
    ]);
  });
});

describe('the Location of a started export', () => {
  const path = '/v1.0/reports/partners/billing/operations/op-1';

  it.each([
    ['absolute', `https://graph.microsoft.com${path}`, `https://graph.microsoft.com${path}`],
    ['relative', path, `{origin}${path}`],
    ['with a trailing slash', `${path}/`, `{origin}${path}/`],
    ['with a query, a fragment and user info', `//me:pw@localhost${path}?sig=1#x`, `http://localhost${path}`],
    ['with an encoded ID', `${path.replace('op-1', 'op%3D1')}`, `{origin}${path.replace('op-1', 'op%3D1')}`],
  ])('may be %s', async (_, location, absolute) => {
    const service = await scripted({ status: 202, headers: { location } }, { body: example('running') });
    const client = clientOf(service);
    const started = await client.startExport({ currencyCode: 'USD', billingPeriod: 'last' });
    expect(started.location).toBe(absolute.replace('{origin}', service.url));
    await client.getExport(started);
    const id = started.operationId === 'op=1' ? 'op%3D1' : 'op-1';
    expect(service.requests[1]?.url).toBe(`/v1.0/reports/partners/billing/operations/${id}`);
  });

  it('on another origin gets no request, and so no token', async () => {
    const elsewhere = await scripted({ body: example('running') });
    const service = await scripted(
      { status: 202, headers: { location: `${elsewhere.url}${path}` } },
      { body: example('running') },
    );
    const client = clientOf(service);
    const started = await client.startExport({ currencyCode: 'USD', billingPeriod: 'last' });
    expect(started).toEqual({ operationId: 'op-1', location: `${elsewhere.url}${path}` });
    await client.getExport(started);
    expect(elsewhere.requests).toEqual([]);
    expect(service.requests[1]?.url).toBe(path);
  });

  it('throws a ContractError if it is missing', async () => {
    expectBreach(/^response header: POST 202 lacks Location/);
    const service = await scripted({ status: 202 });
    const thrown = await failure(clientOf(service).startExport({ currencyCode: 'USD', billingPeriod: 'last' }));
    expect(thrown).toBeInstanceOf(ContractError);
    expect(thrown).toMatchObject({ where: 'Location', handle: undefined });
  });

  it.each([
    'https://graph.microsoft.com/',
    '/operations',
    '/operations/%zz',
    '/operations/%FF',
    'https:a b/operations/1',
    '/operations/%2e%2e%2fx',
    'http://[',
  ])('throws a ContractError if it names no operation: %s', async (location) => {
    expectBreach(/^response header: POST 202 Location/);
    const service = await scripted({ status: 202, headers: { location } });
    const thrown = await failure(clientOf(service).startExport({ currencyCode: 'USD', billingPeriod: 'last' }));
    expect(thrown).toMatchObject({ name: 'ContractError', where: 'Location' });
  });

  it('can be stored and used in another process', async () => {
    const service = await scripted(accepted, { body: example('running') });
    const started = await clientOf(service).startExport({ currencyCode: 'USD', billingPeriod: 'last' });
    const restored = JSON.parse(JSON.stringify(started));
    expect(await clientOf(service).getExport(restored)).toMatchObject({ state: 'running' });
  });

  it.each([
    ['an ID', 'op-1'],
    ['a URL', `https://graph.microsoft.com${path}`],
    ['the URL of a mock', `HTTP://127.0.0.1:1${path}`],
  ])('can be replaced by %s', async (_, input) => {
    const service = await scripted({ body: example('running') });
    await clientOf(service).getExport(input);
    expect(service.requests[0]?.url).toBe(path);
  });
});
