import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Manifest } from '../document/manifest.ts';
import { parseJson } from '../document/parse-json.ts';
import { graphError } from './graph-error.ts';
import { listen } from './listen.ts';
import { Story } from './story.ts';

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
  /** Names of examples, see `Scenario`. */
  story: readonly string[];
  /** The manifest of the stored blobs, with a SAS that is valid now. */
  manifest: () => Manifest;
  /** Default: a free one. */
  port?: number;
  /** Answers 404 for operations and manifests that it did not hand out. */
  refuseUnknownIds?: boolean;
  onRequest?: (request: FrontRequest) => void;
}

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
  const story = new Story(options.story);

  async function answer(request: FrontRequest, response: ServerResponse): Promise<void> {
    const [pathname = ''] = request.url.split('?');
    const [, version = '', given = ''] = /^\/(v1\.0|beta)(\/.*)$/.exec(pathname) ?? [];
    // The documentation has the short name of the action, the vendor's SDKs send the qualified one.
    const path = given.replace(/\/microsoft\.graph\.partners\.billing\.export$/, '/export');
    const [, kind = '', id = ''] = /\/(operations|manifests)\/([^/]+)$/.exec(path) ?? [];
    const prism = await askPrism(request, path, preferenceOf(request, kind, id));
    const requestId = randomUUID();
    const ids = { requestId, clientRequestId: String(request.headers['client-request-id'] ?? requestId) };

    /** Changes a URL of an example to this server, with the same ID or another. */
    const here = (url: string, id = url.replace(/.*\//, '')): string => {
      story.add(id);
      const [, folder] = /^https:\/\/graph\.microsoft\.com\/(?:v1\.0|beta)\/(.*\/)/.exec(url) ?? [];
      return `${originOf(request.headers)}/${version}/${folder}${id}`;
    };
    const replaced: Record<string, (value: string) => string> = {
      location: (value) => here(value, randomUUID()),
      'retry-after': (value) => (prism.ok ? '1' : value),
      'client-request-id': () => ids.clientRequestId,
    };
    for (const [name, value] of prism.headers) {
      if (!DROPPED.includes(name)) response.setHeader(name, replaced[name]?.(value) ?? value);
    }
    response.setHeader('request-id', requestId);
    const content = await prism.text();
    const body = prism.ok ? resourceOf(content) : errorOf(content);
    if (prism.ok && isEnded(body)) response.removeHeader('retry-after');
    if (body) response.setHeader('content-type', 'application/json');
    response.writeHead(prism.status).end(body && JSON.stringify(body));

    function resourceOf(text: string): Record<string, unknown> | undefined {
      if (!text) return undefined;
      if (kind !== 'operations') return { ...storedManifest() };
      const now = new Date();
      const dates = { createdDateTime: story.startOf(id) ?? now, lastActionDateTime: now };
      const resource = { ...JSON.parse(text), id, ...dates };
      if (resource[LINK]) resource[LINK] = here(resource[LINK]);
      if (resource.resourceLocation) resource.resourceLocation = storedManifest();
      return resource;
    }

    function errorOf(text: string): object {
      // The contract's example of a 404 is that of an operation.
      const example = kind === 'manifests' ? text.replace('The operation', 'The manifest') : text;
      return graphError(prism.status, example, prism.headers.get('sl-violations'), ids);
    }
  }

  /** Returns the `Prefer` header by which Prism selects its answer. */
  function preferenceOf({ headers }: FrontRequest, kind: string, id: string): string | undefined {
    if (headers.prefer !== undefined) return String(headers.prefer);
    if (options.refuseUnknownIds && id && !story.has(id)) return 'code=404';
    // A poll without a token is refused, and does not advance the story.
    if (kind !== 'operations' || headers.authorization === undefined) return undefined;
    return `code=200, example=${story.next(id)}`;
  }

  async function askPrism(request: FrontRequest, path: string, prefer: string | undefined): Promise<Response> {
    const headers = new Headers(prefer === undefined ? {} : { prefer });
    for (const name of ['authorization', 'content-type', 'client-request-id']) {
      const value = request.headers[name];
      // Prism knows one spelling of the scheme only.
      if (typeof value === 'string') headers.set(name, value.replace(/^bearer /i, 'Bearer '));
    }
    const { method } = request;
    // Prism never answers a body that is not JSON. Without a body, it refuses the request as it should.
    const hasBody = method !== 'GET' && method !== 'HEAD' && parseJson(request.body) !== undefined;
    return fetch(options.prismUrl + path, { method, headers, body: hasBody ? request.body : null });
  }

  function storedManifest(): Manifest {
    const manifest = options.manifest();
    if (manifest.id !== undefined) story.add(manifest.id);
    return manifest;
  }

  const server = createServer(async (incoming, response) => {
    const { method = '', url = '', headers } = incoming;
    for (const [name, value] of Object.entries(CORS)) response.setHeader(name, value);
    if (method === 'OPTIONS') return void response.writeHead(204).end();
    try {
      const request = { method, url, headers, body: await text(incoming) };
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

/** Returns the origin by which a client reached this server, perhaps through a proxy. */
function originOf(headers: IncomingHttpHeaders): string {
  const host = headers['x-forwarded-host'] ?? headers.host;
  return `${headers['x-forwarded-proto'] ?? 'http'}://${host}`;
}

function isEnded(resource: object | undefined): boolean {
  const type = String((resource as Record<string, unknown> | undefined)?.['@odata.type']);
  return /(SuccessOperation|failedOperation)$/.test(type);
}
