import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Manifest } from '../document/manifest.ts';
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

/**
 * Starts a server that plays a story without special headers. Its answers come from Prism, with changes: IDs, the
 * address of this server, a short wait, and the manifest of the stored blobs. A `Prefer` header is passed to Prism and
 * does not advance the story.
 */
export async function startFront(options: FrontOptions): Promise<{ url: string; close: () => Promise<void> }> {
  const story = new Story(options.story);

  async function answer(request: FrontRequest, response: ServerResponse): Promise<void> {
    const [, version = '', path = ''] = /^\/(v1\.0|beta)(\/.*)$/.exec(request.url) ?? [];
    const [, kind = '', id = ''] = /\/(operations|manifests)\/([^/?]+)$/.exec(path) ?? [];
    const prism = await askPrism(request, path, preferenceOf(request, kind, id));

    /** Changes a URL of an example to this server, with the same ID or another. */
    const here = (url: string, id = url.replace(/.*\//, '')): string => {
      story.add(id);
      const [, folder] = /^https:\/\/graph\.microsoft\.com\/(?:v1\.0|beta)\/(.*\/)/.exec(url) ?? [];
      return `http://${request.headers.host}/${version}/${folder}${id}`;
    };
    const replaced: Record<string, (value: string) => string> = {
      location: (value) => here(value, randomUUID()),
      'retry-after': (value) => (prism.ok ? '1' : value),
      'client-request-id': (value) => String(request.headers['client-request-id'] ?? value),
    };
    for (const [name, value] of prism.headers) {
      if (['connection', 'keep-alive', 'content-length'].includes(name)) continue;
      response.setHeader(name, replaced[name]?.(value) ?? value);
    }
    response.writeHead(prism.status);
    const content = await prism.text();
    if (prism.status !== 200) return void response.end(content);
    const resource = kind === 'operations' ? { ...JSON.parse(content), id } : storedManifest();
    if (resource[LINK]) resource[LINK] = here(resource[LINK]);
    if (resource.resourceLocation) resource.resourceLocation = storedManifest();
    response.end(JSON.stringify(resource));
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
      if (typeof value === 'string') headers.set(name, value);
    }
    const { method } = request;
    // Prism never answers a body that is not JSON. Without a body, it refuses the request as it should.
    const hasBody = method !== 'GET' && method !== 'HEAD' && isJson(request.body);
    return fetch(options.prismUrl + path, { method, headers, body: hasBody ? request.body : null });
  }

  function storedManifest(): Manifest {
    const manifest = options.manifest();
    if (manifest.id !== undefined) story.add(manifest.id);
    return manifest;
  }

  const server = createServer(async (incoming, response) => {
    const { method = '', url = '', headers } = incoming;
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

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
