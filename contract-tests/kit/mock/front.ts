import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Manifest } from '../../../src/index.ts';
import { type ReceivedRequest, type ScriptedServer, startServer } from '../../harness/scripted-server.ts';

/** As it was before the observer: what this front asks Prism is not the library's doing. */
const directFetch = globalThis.fetch;

/**
 * The whole story without special headers: Prism knows every answer but keeps no state, so this front keeps it. Each
 * export plays the named examples of the contract in turn, the last one again and again. Answers are Prism's own, with
 * some things put in: ids, this server's address, a short wait, and the manifest of the stored blobs. A `Prefer` header
 * of the caller goes to Prism as it is, and leaves the story where it stands.
 */
export async function startMockService(
  prismUrl: string,
  story: readonly string[],
  manifest: () => Manifest,
  { port = 0, refuseUnknownIds = false } = {},
): Promise<ScriptedServer> {
  const polls = new Map<string, number>();
  const ids = new Set<string>();
  const storedManifest = (): Manifest => {
    const stored = manifest();
    ids.add(stored.id ?? '');
    return stored;
  };

  const preference = (kind: string, id: string): string | undefined => {
    if (refuseUnknownIds && id && !ids.has(id)) return 'code=404';
    if (kind !== 'operations') return undefined;
    const poll = polls.get(id) ?? 0;
    polls.set(id, poll + 1);
    return `code=200, example=${story[Math.min(poll, story.length - 1)]}`;
  };

  const answer = async (request: ReceivedRequest, response: ServerResponse): Promise<void> => {
    const [, version = '', path = ''] = /^\/(v1\.0|beta)(\/.*)$/.exec(request.url) ?? [];
    const [, kind = '', id = ''] = /\/(operations|manifests)\/([^/?]+)$/.exec(path) ?? [];
    const headers = new Headers();
    for (const name of ['authorization', 'content-type', 'client-request-id', 'prefer']) {
      const value = request.headers[name];
      if (typeof value === 'string') headers.set(name, value);
    }
    const preferred = headers.get('prefer') ?? preference(kind, id);
    if (preferred) headers.set('prefer', preferred);
    const { method } = request;
    const body = method === 'GET' || method === 'HEAD' ? null : request.body || null;
    const prism = await directFetch(prismUrl + path, { method, headers, body });

    /** The example's URL at this server, leading to this id or to its own. */
    const here = (url: string, id = url.replace(/.*\//, '')): string => {
      ids.add(id);
      const [, folder] = /^https:\/\/graph\.microsoft\.com\/(?:v1\.0|beta)\/(.*\/)/.exec(url) ?? [];
      return `http://${request.headers.host}/${version}/${folder}${id}`;
    };
    const replaced: Record<string, (value: string) => string> = {
      location: (value) => here(value, randomUUID()),
      'retry-after': (value) => (prism.ok ? '1' : value),
      'client-request-id': (value) => headers.get('client-request-id') ?? value,
    };
    for (const [name, value] of prism.headers) {
      if (['connection', 'keep-alive', 'content-length'].includes(name)) continue;
      response.setHeader(name, replaced[name]?.(value) ?? value);
    }
    response.writeHead(prism.status);
    const content = await prism.text();
    if (prism.status !== 200) return void response.end(content);
    const resource = kind === 'operations' ? { ...JSON.parse(content), id } : storedManifest();
    const link = 'resourceLocation@odata.navigationLink';
    if (resource[link]) resource[link] = here(resource[link]);
    if (resource.resourceLocation) resource.resourceLocation = storedManifest();
    response.end(JSON.stringify(resource));
  };

  return startServer(port, [
    (request, response) => answer(request, response).catch((error) => response.writeHead(502).end(`${error}\n`)),
  ]);
}
