import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Manifest } from '../../src/index.ts';
import { type ReceivedRequest, type ScriptedServer, startScriptedServer } from './scripted-server.ts';

/** As it was before the observer: what this front asks Prism is not the library's doing. */
const directFetch = globalThis.fetch;

/**
 * The whole story without special headers: Prism knows every answer but keeps no state, so this front keeps it. Each
 * export plays the named examples of the contract in turn, the last one again and again. Answers are Prism's own, with
 * three things put in: the operation's id, this server's address, and the manifest of the stored blobs.
 */
export async function startMockService(
  prismUrl: string,
  story: readonly string[],
  manifest: () => Manifest,
): Promise<ScriptedServer> {
  const polls = new Map<string, number>();

  const mock = await startScriptedServer(async (request: ReceivedRequest, response: ServerResponse) => {
    const [, version = '', path = ''] = /^\/(v1\.0|beta)(\/.*)$/.exec(request.url) ?? [];
    const operationId = /\/operations\/([^/?]+)$/.exec(path)?.[1];
    const headers = new Headers();
    for (const name of ['authorization', 'content-type', 'client-request-id', 'prefer']) {
      const value = request.headers[name];
      if (typeof value === 'string') headers.set(name, value);
    }
    if (operationId && !headers.has('prefer')) {
      const poll = polls.get(operationId) ?? 0;
      polls.set(operationId, poll + 1);
      headers.set('prefer', `code=200, example=${story[Math.min(poll, story.length - 1)]}`);
    }
    const { method, body } = request;
    const answer = await directFetch(prismUrl + path, { method, headers, body: body || null });

    const here = `${mock.url}/${version}/`;
    const localize = (value: string) => value.replace(/^https:\/\/graph\.microsoft\.com\/(v1\.0|beta)\//, here);
    for (const [name, value] of answer.headers) {
      if (name === 'location') response.setHeader(name, localize(value).replace(/[^/]+$/, randomUUID()));
      else if (!['connection', 'keep-alive', 'content-length'].includes(name)) response.setHeader(name, value);
    }
    response.writeHead(answer.status);
    const text = await answer.text();
    if (answer.status !== 200) return response.end(text);
    const resource = JSON.parse(text);
    const link = 'resourceLocation@odata.navigationLink';
    if (resource[link]) resource[link] = localize(resource[link]);
    if (resource.resourceLocation) resource.resourceLocation = manifest();
    if (operationId) resource.id = operationId;
    response.end(JSON.stringify(operationId ? resource : manifest()));
  });
  return mock;
}
