import { createServer } from 'node:http';
import { buffer, text } from 'node:stream/consumers';
import { listen } from '../kit/mock/listen.ts';

export interface Mock {
  url: string;
  storageUrl: string;
}

export interface PageServer {
  url: string;
  /** Resolves with the body that the page posts. */
  outcome: Promise<string>;
  close: () => Promise<void>;
}

const PAGE = '<!doctype html><title>Runtime</title><script type="module" src="/page-bundle.js"></script>';

/**
 * Serves the page, and forwards requests for the service and the storage, which do not allow other origins. The path of
 * the storage is unchanged, as the SAS is signed for it.
 */
export async function startPageServer(script: Uint8Array, mock: Mock): Promise<PageServer> {
  let resolve: (outcome: string) => void;
  const outcome = new Promise<string>((settle) => {
    resolve = settle;
  });
  const server = createServer(async (request, response) => {
    const { url: path = '/', method = 'GET', headers } = request;
    if (path === '/') return response.setHeader('content-type', 'text/html').end(PAGE);
    if (path === '/page-bundle.js') return response.setHeader('content-type', 'text/javascript').end(script);
    if (path === '/outcome') {
      resolve(await text(request));
      return response.end();
    }
    const isBlob = path.startsWith('/unbilled-');
    const requestHeaders = new Headers();
    for (const name of ['authorization', 'content-type', 'range', 'if-match', 'accept']) {
      const value = headers[name];
      if (typeof value === 'string') requestHeaders.set(name, value);
    }
    const body = method === 'POST' ? await buffer(request) : null;
    const answer = await fetch((isBlob ? mock.storageUrl : mock.url) + path, { method, headers: requestHeaders, body });
    response.statusCode = answer.status;
    const here = (value: string) => value.replaceAll(mock.storageUrl, url).replaceAll(mock.url, url);
    for (const name of ['content-type', 'location', 'retry-after', 'etag', 'content-range', 'content-md5']) {
      const value = answer.headers.get(name);
      if (value) response.setHeader(name, here(value));
    }
    response.end(isBlob ? Buffer.from(await answer.arrayBuffer()) : here(await answer.text()));
  });
  const { host, close } = await listen(server);
  const url = `http://${host}`;
  return { url, outcome, close };
}
