import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen } from '../kit/mock/listen.ts';

export type Answer =
  | { status?: number; headers?: Record<string, string>; body?: string | Uint8Array | object }
  | ((request: ReceivedRequest, response: ServerResponse) => unknown);

export interface ReceivedRequest {
  method: string;
  /** Path and query. */
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface ScriptedServer {
  url: string;
  requests: ReceivedRequest[];
  close: () => Promise<void>;
}

/** Starts a server on a free port that gives the answers of a script in turn. The last one repeats. */
export async function startScriptedServer(...script: Answer[]): Promise<ScriptedServer> {
  return startServer(0, script);
}

/** Starts the same server on a given port. It records its requests. */
export async function startServer(port: number, script: Answer[]): Promise<ScriptedServer> {
  const requests: ReceivedRequest[] = [];
  const server = createServer(async (message: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '', headers } = message;
    const request = { method, url, headers, body: await text(message) };
    requests.push(request);
    const answer = script[Math.min(requests.length, script.length) - 1] ?? { status: 500 };
    if (typeof answer === 'function') return answer(request, response);
    const { status = 200, headers: extra = {}, body = '' } = answer;
    const json = typeof body === 'object' && !(body instanceof Uint8Array);
    response.writeHead(status, { ...(json && { 'content-type': 'application/json' }), ...extra });
    response.end(json ? JSON.stringify(body) : body);
  });
  const { host, close } = await listen(server, port);
  return { url: `http://${host}`, requests, close };
}
