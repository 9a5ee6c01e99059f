import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../src/index.ts';
import { clientOf, collect, example, failure, handle } from '../support/play.ts';

// The messages for a failed export and for its blobs.

const manifest: Manifest = {
  id: 'm-1',
  eTag: 'old',
  rootDirectory: 'https://storage.example/d',
  sasToken: 'sig=1',
  blobs: [{ name: 'a.gz' }],
};

/** Creates a client that gets these responses without a network. The last one of the storage repeats. */
function clientWith(graph: object, ...blobs: (Response | Error)[]) {
  const fetch: typeof globalThis.fetch = async (input) => {
    if (String(input).includes('graph.example')) return Response.json(graph);
    const answer = blobs.length > 1 ? blobs.shift() : blobs[0];
    if (answer instanceof Response) return answer.clone();
    throw answer;
  };
  return clientOf({ url: 'https://graph.example' }, { fetch, retry: { limit: 1 } });
}

const read = (client: ReturnType<typeof clientOf>, source = manifest) => failure(collect(client.lineItems(source)));
const part = (text: string, headers: object) =>
  new Response(text, { status: 206, headers: { etag: '"1"', ...headers } });

describe('the message for an export', () => {
  it.each([
    ['failedNoData', 'code 5000: "No data available".'],
    ['failedOther', 'code 5001: "The export could not be written".'],
  ])('in the example %s names the export and the cause', async (name, text) => {
    const message = `Export ${handle.operationId} failed with ${text}`;
    expect(await failure(clientWith(example(name)).waitForExport(handle))).toMatchObject({
      name: 'ExportFailedError',
      message,
    });
  });

  it('contains no control characters', async () => {
    const error = { code: 'a\u001b[31mb', message: 'x\u202ey\r\n\u009bz' };
    expect(await failure(clientWith(example('failedOther', { error })).waitForExport(handle))).toMatchObject({
      graphCode: 'a [31mb',
      message: `Export ${handle.operationId} failed with code a [31mb: "x y z".`,
    });
  });

  it('that is still running names the next step', async () => {
    const result = clientWith(example('running')).waitForExport(handle, { timeoutMs: 1_000 });
    expect(await failure(result)).toMatchObject({
      name: 'WaitTimeoutError',
      code: 'WAIT_TIMEOUT',
      message: `Export ${handle.operationId} is still "running" after 1000 ms. Wait again with its handle.`,
    });
  });

  it('that never answered names the next step', async () => {
    const client = clientOf({ url: 'https://graph.example' }, { fetch: () => new Promise(() => {}) });
    expect(await failure(client.waitForExport(handle, { timeoutMs: 1 }))).toMatchObject({
      message: `Export ${handle.operationId} has not answered after 1 ms. Wait again with its handle.`,
    });
  });
});

describe('the message for a blob says that it', () => {
  const cut = new Response(gzipSync('{}').subarray(0, 7), { headers: { etag: '"1"', 'content-length': '20' } });

  it.each<[string, (Response | Error)[]]>([
    ['was refused with 404 BlobNotFound', [new Response('<Error><Code>BlobNotFound</Code>', { status: 404 })]],
    ['was refused with 302', [new Response('', { status: 302 })]],
    [
      'broke off after 0 bytes: fetch failed: connect ECONNREFUSED',
      [new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })],
    ],
    ['broke off after 7 bytes: expected 20', [cut, part('', { 'content-range': 'bytes 7-19/20' })]],
    ['has another offset', [part('{}', { 'content-range': 'bytes 0-1/2' })]],
    ['has changed', [cut, part('x', { 'content-range': 'bytes 7-19/20', etag: '"2"' })]],
    ['is corrupt: unexpected end of file', [new Response(gzipSync('{}').subarray(0, -1))]],
    [
      'is corrupt: incorrect data check',
      [new Response(Buffer.concat([gzipSync('{}').subarray(0, -8), Buffer.alloc(8)]))],
    ],
    ['is corrupt: trailing data', [new Response(Buffer.concat([gzipSync('{}'), Buffer.alloc(8)]))]],
    [
      'is corrupt: The encoded data was not valid for encoding utf-8',
      [new Response(gzipSync(Uint8Array.of(0x7b, 0xff, 0x7d)))],
    ],
    ['is not gzip', [new Response('{}')]],
    ['is empty', [new Response('', { headers: { 'content-length': '0' } })]],
  ])('%s', async (problem, answers) => {
    const error = await read(clientWith({}, ...answers));
    expect(error).toMatchObject({
      name: 'BlobError',
      code: 'BLOB',
      blobName: 'a.gz',
      message: `Blob "a.gz" ${problem}.`,
    });
  });

  it.each([
    ['number', '[1]', '"[1]"'],
    ['string', '{"a":', '"{"a":"'],
  ] as const)('has an invalid line, with its number (numbers: %s)', async (numbers, line, quoted) => {
    const client = clientWith({}, new Response(gzipSync(`{}\n\n${line}\n`)));
    expect(await failure(collect(client.lineItems(manifest, { numbers })))).toMatchObject({
      name: 'LineItemError',
      code: 'LINE_ITEM',
      blobName: 'a.gz',
      lineNumber: 3,
      message: `Line 3 of blob "a.gz" is not a JSON object: ${quoted}.`,
    });
  });
});

describe('the message for changed data', () => {
  const refused = new Response('', { status: 403 });

  it('names both versions and the next step', async () => {
    expect(await read(clientWith({ ...manifest, eTag: 'new' }, refused))).toMatchObject({
      name: 'DataVersionError',
      code: 'DATA_VERSION',
      expected: 'old',
      actual: 'new',
      message: 'The data has changed: eTag "old" is now "new". Read it from the start.',
    });
  });

  it('says that the eTag is missing', async () => {
    const { eTag: _, ...unversioned } = manifest;
    expect(await read(clientWith(unversioned, refused), unversioned)).toMatchObject({
      name: 'ContractError',
      message: 'manifest.eTag is needed to renew the SAS.',
    });
  });
});
