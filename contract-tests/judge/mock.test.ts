import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleBlobs } from '../../spec/build/sample-blobs.ts';
import { problems } from '../kit/document/problems.ts';
import { fixturesOnFreePorts, type MockProcess, startMockProcess } from '../support/mock-process.ts';
import { directFetch } from '../support/observe.setup.ts';

const run = promisify(execFile);
const command = 'contract-tests/kit/command/main.ts';
const node = ['node', command, 'mock', ...fixturesOnFreePorts] as const;
const npm = ['npm', 'run', 'mock', '--', ...fixturesOnFreePorts] as const;

let mock: MockProcess;
beforeAll(async () => {
  mock = await startMockProcess(...node);
}, 60_000);
afterAll(() => mock.end('SIGTERM', 'all'));

const billing = '/reports/partners/billing';
const authorized = { authorization: 'Bearer whatever' };

function post(body: object | string, headers: Record<string, string> = authorized): Promise<Response> {
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
  return directFetch(`${mock.url}/v1.0${billing}/usage/unbilled/export`, init);
}

async function startExport(): Promise<string> {
  const { headers } = await post({ currencyCode: 'USD', billingPeriod: 'last' });
  return headers.get('location') ?? '';
}

const ask = (url: string, headers: Record<string, string> = authorized) => directFetch(url, { headers });
const fetchJson = async (url: string) => (await ask(url)).json();

describe('the guide that the mock prints', () => {
  it('has commands to paste, from the export to the line items and failures', async () => {
    const commands = mock.guide.split('\n').flatMap((line) => (line.startsWith('  ') ? [line.slice(2)] : []));
    const { stdout } = await run('bash', ['-euc', commands.join('\n')]);
    expect(stdout).toMatch(/"status":"notStarted".*\n.*"status":"running".*\n.*"status":"succeeded"/);
    expect(stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1\.0\/reports\/partners\/billing\/operations\/[0-9a-f-]+\n/);
    expect(stdout).toContain(`\n${sampleBlobs().at(-1)?.lines}`);
    expect(stdout).toMatch(/"code":"5000"[^\n]*\n/);
    expect(stdout).toMatch(/HTTP\/1\.1 429 [\s\S]*\nretry-after: 2\r\n/);
  });

  it('has the numbers of line items and blobs', () => {
    expect(mock.guide).toContain('20 made-up line items in 2 blobs');
  });
});

describe('the mock', () => {
  it('advances each export separately, with short waits', async () => {
    const [one, other] = [await startExport(), await startExport()];
    const statuses = [one, one, other, one, one, other].map(async (url) => (await fetchJson(url)).status);
    expect(await Promise.all(statuses)).toEqual([
      'notStarted',
      'running',
      'notStarted',
      'succeeded',
      'succeeded',
      'running',
    ]);
    expect((await ask(await startExport())).headers.get('retry-after')).toBe('1');
  });

  it('serves the sample blobs of the fixtures to requests with the SAS', async () => {
    const location = await startExport();
    for (const _ of ['notStarted', 'running']) await fetchJson(location);
    const { rootDirectory, sasToken, blobs, id } = (await fetchJson(location)).resourceLocation;
    expect(rootDirectory.startsWith(mock.storageUrl)).toBe(true);
    expect(blobs.map(({ name }: { name: string }) => name)).toEqual(sampleBlobs().map(({ name }) => name));
    for (const { name, lines } of sampleBlobs()) {
      const stored = Buffer.from(await (await directFetch(`${rootDirectory}/${name}?${sasToken}`)).arrayBuffer());
      expect(gunzipSync(stored).toString()).toBe(lines);
      expect((await directFetch(`${rootDirectory}/${name}?${sasToken.replace(/sig=...../, 'sig=xxxxx')}`)).status).toBe(
        403,
      );
    }
    expect(await fetchJson(`${mock.url}/v1.0${billing}/manifests/${id}`)).toMatchObject({ rootDirectory, blobs });
  });

  it('follows a Prefer header without advancing the export', async () => {
    const location = await startExport();
    const prefer = async (preference: string) => ask(location, { ...authorized, prefer: preference });
    expect(await (await prefer('code=200, example=failedNoData')).json()).toMatchObject({ error: { code: '5000' } });
    expect((await prefer('code=503')).status).toBe(503);
    expect(await fetchJson(location)).toMatchObject({ status: 'notStarted' });

    const linked = await (await prefer('code=200, example=succeededLinked')).json();
    const manifest = await fetchJson(linked['resourceLocation@odata.navigationLink']);
    expect(manifest.rootDirectory.startsWith(mock.storageUrl)).toBe(true);
  });

  it.each([
    ['code=200, example=nothing', 400, /^The contract has no answer for Prefer: code=200, example=nothing$/],
    ['code=502', 400, /^The contract has no answer/],
    ['code=x', 400, /^The contract has no answer/],
  ])('refuses the preference %s', async (prefer, status, message) => {
    const answer = await ask(await startExport(), { ...authorized, prefer });
    expect([answer.status, (await answer.json()).error.message]).toEqual([status, expect.stringMatching(message)]);
  });

  it.each([
    ['code=401', 'innerError'],
    ['code=503', 'innererror'],
  ])('writes the IDs of an error once, with %s as %s', async (prefer, name) => {
    const { error } = await (await ask(await startExport(), { ...authorized, prefer })).json();
    const inner = Object.entries<{ date: string }>(error).filter(([key]) => /^inner/i.test(key));
    expect(inner.map(([key]) => key)).toEqual([name]);
    expect(Math.abs(Date.parse(`${inner[0]?.[1].date}Z`) - Date.now())).toBeLessThan(60_000);
  });

  it('returns the client-request-id of a request', async () => {
    const { headers } = await ask(await startExport(), { ...authorized, 'client-request-id': 'mine' });
    expect(headers.get('client-request-id')).toBe('mine');
  });

  it('also serves /beta', async () => {
    const location = (await startExport()).replace('/v1.0/', '/beta/');
    expect(await fetchJson(location)).toMatchObject({ status: 'notStarted' });
  });

  it.each<[string, number, () => Promise<Response>]>([
    ['no token', 401, () => post({ currencyCode: 'USD', billingPeriod: 'last' }, {})],
    ['a period that does not exist', 400, () => post({ currencyCode: 'USD', billingPeriod: 'next' })],
    ['an unknown operation', 404, () => ask(`${mock.url}/v1.0${billing}/operations/1`)],
    ['an unknown manifest', 404, () => ask(`${mock.url}/v1.0${billing}/manifests/1`)],
    [
      'an empty client-request-id',
      400,
      () => ask(`${mock.url}/v1.0${billing}/operations/1`, { ...authorized, 'client-request-id': '' }),
    ],
    ['another path', 404, () => ask(`${mock.url}/v1.0/me`)],
    [
      'a property that a header cannot contain',
      400,
      () => post({ currencyCode: 'USD', billingPeriod: 'last', 日本: 1 }),
    ],
    [
      'a property that a header is too short for',
      400,
      () => post({ currencyCode: 'USD', billingPeriod: 'last', ['a'.repeat(9_000)]: 1 }),
    ],
    ['a body that is not JSON', 400, () => post('{"currencyCode":')],
  ])('refuses %s', async (_, status, send) => {
    expect((await send()).status).toBe(status);
  });

  it('refuses a method that it cannot forward, and ignores the body of a GET', async () => {
    const [{ statusCode }] = await once(request(mock.url, { method: 'TRACE' }).end(), 'response');
    expect(statusCode).toBe(405);
    expect((await directFetch(await startExport(), { method: 'DELETE' })).headers.get('allow')).toBe('GET');
    const onward = request(await startExport(), { headers: { ...authorized, 'content-length': 6 } }).end('a body');
    expect((await once(onward, 'response'))[0].statusCode).toBe(200);
  });
});

describe('the mock', () => {
  it.each([
    ['node', 'SIGINT', 'all', 0, node],
    ['node', 'SIGTERM', 'first', 0, node],
    // The shell between npm and the mock forwards no signals. The exit code of npm is its own.
    ['npm', 'SIGINT', 'all', null, npm],
    ['npm', 'SIGTERM', 'first', null, npm],
  ] as const)(
    'ends with all of its processes when %s receives %s, sent to %s',
    async (_name, signal, to, code, [program, ...args]) => {
      const { url, storageUrl, end } = await startMockProcess(program, ...args);
      const { code: exitCode, stderr } = await end(signal, to);
      if (code !== null) expect({ exitCode, stderr }).toEqual({ exitCode: code, stderr: '' });
      expect(stderr).not.toMatch(/ at |Error/);
      for (const address of [url, storageUrl]) await expect(directFetch(address)).rejects.toThrow('fetch failed');
    },
    60_000,
  );
});

describe('the mock prints one line', () => {
  const runMock = (...args: string[]) => run('node', [command, 'mock', ...args]).catch((error) => error);

  it.each([
    ['--port', '--storage-port'],
    ['--storage-port', '--port'],
  ])('if the port of %s is in use', async (option, other) => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const { code, stdout, stderr } = await runMock(option, `${port}`, other, '0');
    holder.close();
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: `Port ${port} is taken. Choose another with ${option} N, or 0 for any free one.\n`,
    });
  });

  it.each([
    [['--port', 'x']],
    [['--port', '65536']],
    [['--storage-port=-1']],
    [['--prot', '1']],
    [['4010']],
    [['--blobs', '0']],
    [['--scenario', 'x']],
  ])('about its usage for %j', async (args) => {
    const { code, stdout, stderr } = await runMock(...args);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(/^.* --help\.\n$/) });
  });
});

describe('the mock handles', () => {
  const action = `${billing}/usage/unbilled`;
  const init = (changes: object = {}) => ({
    method: 'POST',
    headers: { ...authorized, 'content-type': 'application/json' },
    body: JSON.stringify({ currencyCode: 'USD', billingPeriod: 'last', ...changes }),
  });
  const errorOf = async (path: string, request: RequestInit) => {
    const answer = await directFetch(`${mock.url}/v1.0${path}`, request);
    const body = await answer.json();
    expect(problems('/components/schemas/GraphError', body)).toEqual([]);
    return { status: answer.status, ...body.error };
  };

  it('the qualified name of the action, which the SDKs of the vendor send', async () => {
    const path = `${action}/microsoft.graph.partners.billing.export`;
    expect((await directFetch(`${mock.url}/v1.0${path}`, init())).status).toBe(202);
  });

  it.each([
    [gzipSync('{"currencyCode":"USD","billingPeriod":"last"}'), 202],
    [Buffer.from('not gzip'), 400],
  ])('a compressed body, which the SDK for Go sends', async (body, status) => {
    const headers = { ...init().headers, 'content-encoding': 'gzip' };
    const answer = await directFetch(`${mock.url}/v1.0${action}/export`, { method: 'POST', headers, body });
    expect(answer.status).toBe(status);
  });

  it('a query, which changes nothing', async () => {
    expect(await fetchJson(`${await startExport()}?$select=status`)).toMatchObject({ status: 'notStarted' });
  });

  it.each<[string, RequestInit, number, string | RegExp]>([
    [`${billing}/nothing`, { headers: authorized }, 404, /\/nothing hasn't been found/],
    [`${billing}/operations/1`, { method: 'DELETE', headers: authorized }, 405, /does not have "delete"/],
    [`${billing}/operations/1`, { headers: authorized }, 404, 'The operation does not exist.'],
    [`${billing}/manifests/1`, { headers: authorized }, 404, 'The manifest does not exist.'],
    [`${action}/export`, init({ billingPeriod: 'next' }), 400, /billingPeriod .* allowed values: current, last/],
    [`${action}/export`, { ...init(), body: '{' }, 400, /^Body parameter is required\.$/],
  ])('the error of %s %j', async (path, request, status, message) => {
    expect(await errorOf(path, request)).toMatchObject({ status, message: expect.stringMatching(message) });
  });

  it('the IDs of an error', async () => {
    const headers = { ...authorized, 'client-request-id': 'mine' };
    const inner = async () => (await errorOf(`${billing}/operations/1`, { headers })).innerError;
    const [first, second] = [await inner(), await inner()];
    expect(first['client-request-id']).toBe('mine');
    expect(first['request-id']).not.toBe(second['request-id']);
  });

  it('a token whose scheme is written in lower case', async () => {
    expect((await ask(await startExport(), { authorization: 'bearer x' })).status).toBe(200);
  });

  it('the time of an operation, and Retry-After, which a success does not have', async () => {
    const before = Date.now() - 1_000;
    const operation = await startExport();
    const polls = [await ask(operation), await ask(operation), await ask(operation)];
    expect(polls.map(({ headers }) => headers.get('retry-after'))).toEqual(['1', '1', null]);
    const { createdDateTime, lastActionDateTime } = await (polls[2] as Response).json();
    expect(Date.parse(createdDateTime)).toBeGreaterThan(before);
    expect(Date.parse(lastActionDateTime)).toBeGreaterThanOrEqual(Date.parse(createdDateTime));
  });

  it('a page of another origin, and a proxy in front of it', async () => {
    const preflight = await directFetch(`${mock.url}/v1.0${action}/export`, { method: 'OPTIONS' });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*']);
    const { headers } = init();
    const forwarded = { ...headers, 'x-forwarded-proto': 'https', 'x-forwarded-host': 'graph.example' };
    const answer = await directFetch(`${mock.url}/v1.0${action}/export`, { ...init(), headers: forwarded });
    expect(answer.headers.get('location')).toMatch(/^https:\/\/graph\.example\/v1\.0\//);
  });
});
