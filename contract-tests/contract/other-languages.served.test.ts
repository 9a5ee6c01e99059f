import { createServer, request } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { sampleBlobs } from '../../spec/build/sample-blobs.ts';
import type { Manifest } from '../../src/index.ts';
import { listen } from '../kit/mock/listen.ts';
import { forwardTo, startFaultyStorage } from '../support/faulty-storage.ts';
import { interpreters as here } from '../support/interpreters.ts';
import { leaksIn } from '../support/leaks.ts';
import { fixturesOnFreePorts, type MockProcess, startMockProcess } from '../support/mock-process.ts';
import { mockService } from '../support/mock-service.ts';
import { clients } from '../support/other-languages.ts';
import { accepted, clientOf, collect, emptyDirectory, example, scripted, succeeded } from '../support/play.ts';
import { type Outcome, runProgram } from '../support/run-program.ts';
import type { Answer } from '../support/scripted-server.ts';
import { storeExport } from '../support/storage.ts';

async function run(command: string, args: readonly string[]): Promise<Outcome> {
  const outcome = await runProgram(command, args, { env: { ...process.env, GRAPH_ACCESS_TOKEN: 'test-token' } });
  expect(leaksIn(outcome.stdout + outcome.stderr)).toEqual([]);
  return outcome;
}

const blobs = Object.fromEntries(sampleBlobs().map(({ name, bytes }) => [name, bytes]));
const stored = sampleBlobs()
  .map(({ lines }) => lines)
  .join('');

let mock: MockProcess;
beforeAll(async () => {
  mock = await startMockProcess('npm', 'run', 'mock', '--', ...fixturesOnFreePorts);
}, 60_000);
afterAll(() => mock?.end('SIGTERM', 'all'));

describe('the TypeScript client reads npm run mock', () => {
  it('with its command, and prints the lines of the fixtures', async () => {
    const directory = join(await emptyDirectory(), 'out');
    const command = ['src/cli/main.ts', 'export', '--currency', 'USD', '--period', 'last', '--out', directory];
    expect(await run('node', [...command, '--base-url', `${mock.url}/v1.0`])).toMatchObject({ code: 0 });
    expect((await run('node', ['src/cli/main.ts', 'lines', directory])).stdout).toBe(stored);
  });

  it('with numbers as text, as stored', async () => {
    type Reviver = (key: string, value: unknown, context: { source: string }) => unknown;
    const asText: Reviver = (_, value, { source }) => (typeof value === 'number' ? source : value);
    const request = { currencyCode: 'USD', billingPeriod: 'last' } as const;
    const items = await collect(clientOf(mock).exportLineItems(request, { numbers: 'string' }));
    const lines = stored.trimEnd().split('\n');
    expect(items).toEqual(lines.map((line) => JSON.parse(line, asText as Parameters<typeof JSON.parse>[1])));
  });
});

describe.each(clients)(
  'the client in %s (needs version %s)',
  { timeout: 60_000 },
  (_name, _version, interpreter, args) => {
    const read = (baseUrl: string) => run(interpreter, [...args, 'USD', 'last', baseUrl]);
    const test = it.skipIf(!here[interpreter]);

    test('reads the same bytes from npm run mock as the TypeScript client', async () => {
      expect(await read(`${mock.url}/v1.0`)).toEqual({ code: 0, stdout: stored, stderr: '' });
    });

    test('reads a linked manifest, several gzip members, and CRLF and missing line ends', async () => {
      const [first = '', second = '', ...rest] = stored.split('\n').slice(0, -1);
      const members = [`${first}\r\n\n`, `${second}\n${rest.join('\n')}`].map((part) => gzipSync(part));
      const { manifest } = await storeExport({ 'part-00000.json.gz': Buffer.concat(members) });
      const service = await mockService(['succeededLinked'], manifest);
      expect(await read(`${service.url}/v1.0`)).toEqual({ code: 0, stdout: stored, stderr: '' });
      expect(service.requests.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET', 'GET', 'GET']);
      expect(new Set(service.requests.map(({ headers }) => headers['client-request-id'])).size).toBe(5);
    });

    test('retries throttled requests, and sends the token only to its base URL', async () => {
      const { url, manifest } = await storeExport(blobs);
      const elsewhere = await scripted({ status: 500 });
      const authorizations: (string | undefined)[] = [];
      const storage = await startFaultyStorage(
        (path, sasToken, headers) => {
          authorizations.push(headers.authorization);
          return forwardTo(url)(path, sasToken, headers);
        },
        () => undefined,
      );
      onTestFinished(storage.close);
      const throttled = { status: 429, headers: { 'retry-after': new Date().toUTCString() } };
      const redirected = {
        status: 202,
        headers: { location: `${elsewhere.url}/reports/partners/billing/operations/op-1` },
      };
      const service = await scripted(throttled, redirected, succeeded(storage.behind(manifest())));
      expect(await read(`${service.url}/v1.0`)).toEqual({ code: 0, stdout: stored, stderr: '' });
      expect(service.requests.at(-1)?.url).toBe('/v1.0/reports/partners/billing/operations/op-1');
      expect(service.requests.every(({ headers }) => headers.authorization === 'Bearer test-token')).toBe(true);
      expect(authorizations).toEqual([undefined, undefined]);
      const redirecting = await scripted({ status: 302, headers: { location: elsewhere.url } });
      await expectFailure(redirecting, /302/);
      expect(elsewhere.requests).toEqual([]);
    });

    const expectFailure = async ({ url }: { url: string }, message: RegExp) => {
      const { code, stdout, stderr } = await read(`${url}/v1.0`);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(message);
    };
    const refused = { status: 401, body: { error: { code: 'InvalidAuthenticationToken', message: '' } } };
    const incomplete = succeeded({ ...(example('manifest') as Manifest), blobCount: 3 });
    test.for<[string, RegExp, Answer[]]>([
      ['there is no data', /5000/, [accepted, { body: example('failedNoData') }]],
      ['the operation has an unknown type', /#x/, [accepted, { body: example('running', { '@odata.type': '#x' }) }]],
      ['the manifest does not list all of its blobs', /manifest/, [accepted, incomplete]],
      ['the token is refused', /401/, [refused]],
    ])('ends with an error if %s', async ([, message, answers]) => {
      await expectFailure(await scripted(...answers), message);
    });

    test('repeats a request whose connection breaks', async () => {
      let requests = 0;
      const gateway = createServer((incoming, response) => {
        // The first request and the first poll get no answer.
        if (++requests === 1 || requests === 3) return void incoming.socket.destroy();
        const { method, headers, url = '' } = incoming;
        const onward = request(mock.url + url, { method, headers }, (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        });
        incoming.pipe(onward);
      });
      const { host, close } = await listen(gateway);
      onTestFinished(close);
      expect(await read(`http://${host}/v1.0`)).toEqual({ code: 0, stdout: stored, stderr: '' });
    });

    test('ends with an error if the data is exported again in the meantime, or the SAS has expired', async () => {
      const { manifest } = await storeExport(blobs);
      const other = succeeded(manifest(3_600_000, { eTag: 'another' }));
      await expectFailure(await scripted(accepted, succeeded(manifest()), other), /exported again/);
      await expectFailure(await scripted(accepted, succeeded(manifest(-1_000))), /403/);
    });

    test.for<[string, (blob: Uint8Array) => Uint8Array]>([
      ['is cut off', (blob) => blob.subarray(0, blob.length - 100)],
      ['has a wrong checksum', (blob) => Buffer.concat([blob.subarray(0, -8), Buffer.alloc(8)])],
      ['is not gzip', () => Buffer.from(stored)],
    ])('ends with an error if a blob %s', async ([, change]) => {
      const [name = '', blob = Buffer.alloc(0)] = Object.entries(blobs)[0] ?? [];
      const { manifest } = await storeExport({ [name]: change(blob) });
      const service = await mockService(['succeededEmbedded'], manifest);
      expect(await read(`${service.url}/v1.0`)).toMatchObject({ code: 1, stderr: expect.stringMatching(/\w/) });
    });
  },
);
