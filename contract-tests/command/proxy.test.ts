import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:https';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listen } from '../kit/mock/listen.ts';
import { hasOpenssl, newCertificate } from '../support/certificate.ts';
import { exportArgs, newDirectory, run, runProcess } from '../support/command.ts';
import { accepted, emptyDirectory, example, handle, scripted, succeeded } from '../support/play.ts';
import { startProxy } from '../support/proxy.ts';
import { IN_AZURITE, storeExport } from '../support/storage.ts';
import { startTokenService } from '../support/token-service.ts';

const stored = await storeExport({ a: gzipSync('{"Unit":"1"}\n') });
const graph = 'graph.example';
const storage = 'storage.example';
const nowhere = 'http://127.0.0.1:9';

/** Starts a service whose storage is at `origin`. */
function startService(origin: string) {
  const manifest = stored.manifest();
  const rootDirectory = manifest.rootDirectory.replace(stored.url, origin);
  return scripted(accepted, succeeded({ ...manifest, rootDirectory }));
}

/** Starts a service that a test reaches by its name. Returns the proxy that knows the name, and arguments of a poll. */
async function startBehindProxy() {
  const service = await scripted({ body: example('running') });
  const args = ['status', handle.operationId, '--base-url', `http://${graph}/v1.0`];
  return { proxy: await startProxy({ [graph]: service.url }), args };
}

/** Returns arguments of Node.js that remove the function of Node.js 24.14. */
const older = ['--import', 'data:text/javascript,import http from "node:http"; delete http.setGlobalProxyFromEnv;'];

describe('a proxy', () => {
  // Azurite takes the account from the name of its host.
  it.skipIf(IN_AZURITE)('in HTTP_PROXY is used for Microsoft Graph and the storage', async () => {
    const service = await startService(`http://${storage}`);
    const proxy = await startProxy({ [graph]: service.url, [storage]: stored.url });
    const args = exportArgs({ url: `http://${graph}` }, await newDirectory());
    expect(await runProcess(args, { env: { HTTP_PROXY: proxy.url } })).toMatchObject({ code: 0 });
    expect(new Set(proxy.requests)).toEqual(new Set([`${graph}:80`, `${storage}:80`]));
  });

  it.skipIf(!hasOpenssl || IN_AZURITE)('in HTTPS_PROXY is used for the sign-in, too (needs openssl)', async () => {
    const login = 'login.example';
    const certificate = await newCertificate(await emptyDirectory(), 'own', graph, storage, login);
    const pem = await readFile(certificate, 'utf8');
    const entra = await startTokenService(pem, 'test-token');
    onTestFinished(entra.close);
    const service = await startService(`https://${storage}`);
    const proxy = await startProxy({
      [login]: entra.url,
      [graph]: await startTls(pem, service.url),
      [storage]: await startTls(pem, stored.url),
    });
    const env = {
      HTTPS_PROXY: proxy.url,
      NODE_EXTRA_CA_CERTS: certificate,
      GRAPH_ACCESS_TOKEN: '',
      AZURE_AUTHORITY_HOST: `https://${login}`,
      AZURE_TENANT_ID: 'adfs',
      AZURE_CLIENT_ID: '6d1a2f0e-5d3c-4b8e-9a57-0c1d2e3f4a5b',
      AZURE_CLIENT_CERTIFICATE_PATH: certificate,
    };
    const args = exportArgs({ url: `https://${graph}` }, await newDirectory());
    expect(await runProcess(args, { env })).toMatchObject({ code: 0 });
    expect(new Set(proxy.requests)).toEqual(new Set([`${login}:443`, `${graph}:443`, `${storage}:443`]));
  });

  it.each([
    ['NO_PROXY', `other.example,${graph}`],
    ['no_proxy', `other.example,${graph}`],
    ['NO_PROXY', '*'],
  ])('is not used for the hosts in %s: %s', async (name, hosts) => {
    const { proxy } = await startBehindProxy();
    const env = { HTTP_PROXY: proxy.url, [name]: hosts };
    const args = exportArgs({ url: `http://${graph}` }, await newDirectory(), '--timeout', '1s');
    expect(await runProcess(args, { env })).toMatchObject({ code: 4 });
    expect(proxy.requests).toEqual([]);
  });

  it.each([
    ['', []],
    ['1', []],
    ['1', older],
  ])('is not used for the own machine, with NODE_USE_ENV_PROXY=%s and %j', async (value, node) => {
    const service = await scripted({ body: example('running') });
    const args = ['status', handle.operationId, '--base-url', `${service.url}/v1.0`];
    const env = { HTTP_PROXY: nowhere, NODE_USE_ENV_PROXY: value };
    expect(await runProcess(args, { env, node })).toMatchObject({ code: 0 });
  });

  it.each([
    ['', true],
    ['*', false],
  ])('that prevents the sign-in is named, unless NO_PROXY is "%s"', async (hosts, isUsed) => {
    const proxy = await startProxy({});
    const { host } = new URL(proxy.url);
    const env = {
      HTTPS_PROXY: `http://user:test-token@${host}`,
      NO_PROXY: hosts,
      GRAPH_ACCESS_TOKEN: '',
      AZURE_AUTHORITY_HOST: 'https://login.example',
      AZURE_TENANT_ID: 'adfs',
      AZURE_CLIENT_ID: '6d1a2f0e-5d3c-4b8e-9a57-0c1d2e3f4a5b',
      AZURE_CLIENT_SECRET: 'test-secret',
    };
    const { code, stderr } = await runProcess(['status', handle.operationId], { env });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^AuthenticationError: /) });
    const advice = `Check HTTPS_PROXY: requests go through the proxy ${host}, unless NO_PROXY lists their host.\n`;
    expect(stderr.endsWith(advice)).toBe(isUsed);
    expect(proxy.requests.length > 0).toBe(isUsed);
  });

  it.each(['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'])(
    'in %s without http:// is wrong usage',
    async (name) => {
      const { args } = await startBehindProxy();
      for (const value of ['proxy:8080', '127.0.0.1:8080', 'http://user:test-token@:']) {
        expect(await run(args, { env: { [name]: value } })).toEqual({
          code: 2,
          stdout: '',
          stderr: 'UsageError: HTTPS_PROXY and HTTP_PROXY must be URLs, such as http://proxy.example:8080.\n',
        });
      }
    },
  );
});

describe('a version of Node.js without setGlobalProxyFromEnv', () => {
  it.each(['HTTP_PROXY', 'https_proxy'])('rejects %s, and names the versions that can use it', async (name) => {
    const { args } = await startBehindProxy();
    expect(await runProcess(args, { env: { [name]: nowhere }, node: older })).toEqual({
      code: 2,
      stdout: '',
      stderr:
        `UsageError: ${name} is set, but Node.js ${process.version} does not use it. Use Node.js 24.14 or later, ` +
        'or 22.21 or later with NODE_USE_ENV_PROXY=1. To connect without a proxy, set NO_PROXY=*.\n',
    });
  });

  it('needs none for the own machine, nor with NO_PROXY=*', async () => {
    const service = await scripted({ body: example('running') });
    const local = ['status', handle.operationId, '--base-url', `${service.url}/v1.0`];
    expect(await runProcess(local, { env: { HTTP_PROXY: nowhere }, node: older })).toMatchObject({ code: 0 });
    const args = exportArgs({ url: `http://${graph}` }, await newDirectory(), '--timeout', '1s');
    const env = { HTTP_PROXY: nowhere, NO_PROXY: '*' };
    expect(await runProcess(args, { env, node: older })).toMatchObject({ code: 4 });
  });

  it('uses the proxy with NODE_USE_ENV_PROXY=1', async () => {
    const { proxy, args } = await startBehindProxy();
    const env = { HTTP_PROXY: proxy.url, NODE_USE_ENV_PROXY: '1' };
    expect(await runProcess(args, { env, node: older })).toMatchObject({ code: 0 });
    expect(proxy.requests).toEqual([`${graph}:80`]);
  });
});

/** Starts a server that decrypts requests and forwards them. Stops it after the test. Returns its URL. */
async function startTls(pem: string, url: string): Promise<string> {
  const server = createServer({ key: pem, cert: pem }, (message, response) => {
    const { method, headers } = message;
    const onward = request(`${url}${message.url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    message.pipe(onward);
  });
  const { host, close } = await listen(server);
  onTestFinished(close);
  return `https://${host}`;
}
