import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { parseJson } from '../document/parse-json.ts';
import { graphError } from './graph-error.ts';
import { listen } from './listen.ts';
import type { Step } from './scenarios.ts';
import type { Story } from './story.ts';

// Keeps the original `fetch`: tests that watch the global one must not see the requests to Prism.
const { fetch } = globalThis;

export interface FrontRequest {
  method: string;
  /** Path and query. */
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface FrontOptions {
  prismUrl: string;
  story: Story;
  /** Default: a free one. */
  port?: number | undefined;
  onRequest?: (request: FrontRequest) => void;
}

/** Prism's error if the contract lacks a status or an example. */
const UNKNOWN_PREFERENCE = /prism\/errors#(UNKNOWN|NOT_FOUND|UNPROCESSABLE_ENTITY)"/;

const LINK = 'resourceLocation@odata.navigationLink';

/** What a page of another origin may send and read. */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'authorization, content-type, client-request-id, prefer',
  'access-control-allow-methods': 'GET, POST',
  'access-control-expose-headers': 'location, retry-after, request-id, client-request-id, date',
};

/** Headers of Prism that are not those of the service, or that are set anew. */
const DROPPED = ['connection', 'keep-alive', 'content-length', 'content-type', 'sl-violations', 'request-id'];

/**
 * Starts a server that plays a story without special headers. Its answers come from Prism, with changes: IDs, dates, the
 * address of this server, a short wait, and the manifest of the stored blobs. A `Prefer` header is passed to Prism and
 * does not advance the story.
 */
export async function startFront(options: FrontOptions): Promise<{ url: string; close: () => Promise<void> }> {
  const { story, prismUrl } = options;

  async function answer(request: FrontRequest, response: ServerResponse): Promise<void> {
    const [pathname = ''] = request.url.split('?');
    const [, version = '', given = ''] = /^\/(v1\.0|beta)(\/.*)$/.exec(pathname) ?? [];
    // The documentation has the short name of the action, the vendor's SDKs send the qualified one.
    const path = given.replace(/\/microsoft\.graph\.partners\.billing\.export$/, '/export');
    const [, kind = '', id = ''] = /\/(operations|manifests)\/([^/]+)$/.exec(path) ?? [];
    const step = await stepOf(request, kind, id);
    const prism = await askPrism(request, path, request.headers.prefer ?? preferenceOf(step));
    const requestId = randomUUID();
    const ids = { requestId, clientRequestId: String(request.headers['client-request-id'] || requestId) };
    const content = await prism.text();
    // A wrong preference is a mistake in a test, which must not look like a failure that is worth a retry.
    const isUnknown = request.headers.prefer !== undefined && UNKNOWN_PREFERENCE.test(content);
    const status = isUnknown ? 400 : prism.status;
    const body = prism.ok ? await resourceOf(content) : errorOf(content);

    const replaced: Record<string, (value: string) => string> = {
      location: () => here('operations', story.start(JSON.parse(request.body))),
      // A short wait, unless the client asked for the answer of the contract.
      'retry-after': (value) => (prism.ok || !request.headers.prefer ? '1' : value),
      'client-request-id': () => ids.clientRequestId,
    };
    for (const [name, value] of prism.headers) {
      if (!DROPPED.includes(name)) response.setHeader(name, replaced[name]?.(value) ?? value);
    }
    response.setHeader('request-id', requestId);
    if (prism.ok && isEnded(body)) response.removeHeader('retry-after');
    if (status === 405) response.setHeader('allow', allowed(path));
    if (body) response.setHeader('content-type', 'application/json');
    response.writeHead(status).end(body && JSON.stringify(body));

    /** Returns the URL of a resource on this server. */
    function here(kind: 'operations' | 'manifests', id: string): string {
      return `${originOf(request.headers)}/${version}/reports/partners/billing/${kind}/${id}`;
    }

    async function resourceOf(text: string): Promise<Record<string, unknown> | undefined> {
      if (!text) return undefined;
      if (kind !== 'operations') return { ...(await story.manifest(id)) };
      const dates = { createdDateTime: story.operation(id).startedAt, lastActionDateTime: new Date() };
      const changes = typeof step === 'object' ? step.changes : {};
      const resource = { ...JSON.parse(text), id, ...dates, ...changes };
      if (resource[LINK]) resource[LINK] = here('manifests', `${(await story.manifestOf(id)).id}`);
      if (resource.resourceLocation) resource.resourceLocation = await story.manifestOf(id);
      return resource;
    }

    function errorOf(text: string): object {
      const detail = `The contract has no answer for Prefer: ${request.headers.prefer}`;
      if (isUnknown) return graphError(status, JSON.stringify({ detail }), null, ids);
      // The contract's example of a 404 is that of an operation.
      const example = kind === 'manifests' ? text.replace('The operation', 'The manifest') : text;
      return graphError(status, example, prism.headers.get('sl-violations'), ids);
    }
  }

  /** Returns the status or the example with which the story answers a request, if Prism cannot decide itself. */
  async function stepOf({ headers }: FrontRequest, kind: string, id: string): Promise<Step | undefined> {
    // A request without a token is refused, and does not advance the story.
    if (headers.prefer !== undefined || headers.authorization === undefined) return undefined;
    // Prism takes an empty header for a missing one.
    if (headers['client-request-id'] === '') return '400';
    if (story.throttles()) return '429';
    if (kind === 'operations') return story.hasOperation(id) ? story.next(id) : '404';
    return kind === 'manifests' && !story.hasManifest(id) ? '404' : undefined;
  }

  async function askPrism(
    request: FrontRequest,
    path: string,
    prefer: string | string[] | undefined,
  ): Promise<Response> {
    const headers = new Headers(prefer === undefined ? {} : { prefer: `${prefer}` });
    for (const name of ['authorization', 'content-type', 'client-request-id']) {
      const value = request.headers[name];
      // Prism knows one spelling of the scheme only.
      if (typeof value === 'string') headers.set(name, value.replace(/^bearer /i, 'Bearer '));
    }
    const { method } = request;
    // Prism never answers a body that is not JSON. Without a body, it refuses the request as it should.
    const json = method === 'GET' || method === 'HEAD' ? undefined : parseJson(request.body);
    // Prism names unknown properties in a header, and crashes if it cannot contain them.
    const body = json === undefined ? null : JSON.stringify(json).replace(/[^ -~]/gu, '?');
    return fetch(prismUrl + path, { method, headers, body });
  }

  const server = createServer(async (incoming, response) => {
    const { method = '', url = '', headers } = incoming;
    for (const [name, value] of Object.entries(CORS)) response.setHeader(name, value);
    if (method === 'OPTIONS') return void response.writeHead(204).end();
    // `fetch` does not send it to Prism.
    if (method === 'TRACE') return void response.writeHead(405, { allow: allowed(url) }).end();
    try {
      const request = { method, url, headers, body: await bodyOf(incoming) };
      options.onRequest?.(request);
      await answer(request, response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end(`${error}\n`);
    }
  });
  const { host, close } = await listen(server, options.port);
  return { url: `http://${host}`, close };
}

/** Returns the methods of a path. */
function allowed(path: string): string {
  return path.includes('/export') ? 'POST' : 'GET';
}

/** Returns the body of a request, which Microsoft's SDK for Go compresses. A corrupt one counts as missing. */
function bodyOf(incoming: IncomingMessage): Promise<string> {
  if (incoming.headers['content-encoding'] !== 'gzip') return text(incoming);
  return text(incoming.pipe(createGunzip())).catch(() => '');
}

/** Returns the `Prefer` header with which Prism gives an answer. */
function preferenceOf(step: Step | undefined): string | undefined {
  if (typeof step === 'object') return preferenceOf(step.example);
  return step && (/^\d+$/.test(step) ? `code=${step}` : `code=200, example=${step}`);
}

/** Returns the origin by which a client reached this server, perhaps through a proxy. */
function originOf(headers: IncomingHttpHeaders): string {
  const host = headers['x-forwarded-host'] ?? headers.host;
  return `${headers['x-forwarded-proto'] ?? 'http'}://${host}`;
}

function isEnded(resource: object | undefined): boolean {
  const type = String((resource as Record<string, unknown> | undefined)?.['@odata.type']);
  return /(SuccessOperation|failedOperation)$/.test(type);
}
