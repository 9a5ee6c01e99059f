import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen } from '../kit/mock/listen.ts';
import { createIndependentBilling } from './independent-billing.ts';
import type { Kind, ServiceAnswer, ServiceOptions, ServiceRequest } from './independent-exchange.ts';
import { blobPath, openIndependentStorage } from './independent-storage.ts';

export interface IndependentService {
  /** The origin of the billing service and of the storage. */
  url: string;
  close(): Promise<void>;
}

const routes: [Kind, RegExp][] = [
  ['export', /^\/(?:v1\.0|beta)\/reports\/partners\/billing\/usage\/unbilled\/export$/],
  ['operation', /^\/(?:v1\.0|beta)\/reports\/partners\/billing\/operations\/[^/]+$/],
  ['manifest', /^\/(?:v1\.0|beta)\/reports\/partners\/billing\/manifests\/[^/]+$/],
  ['blob', blobPath],
];

/**
 * Starts a second implementation of the service, written independently of the contract of this project. If the two
 * differ, one of them misunderstands the vendor. It keeps state and includes the storage.
 */
export async function startIndependentService(
  blobs: Record<string, Uint8Array>,
  options: ServiceOptions = {},
): Promise<IndependentService> {
  const server = createServer((request, response) => {
    serve(request, response).catch((error) => {
      response.destroy();
      // A closed connection is fine, but an error in a fault is a mistake of the test.
      if (!request.errored) throw error;
    });
  });
  const { host, close } = await listen(server);
  const url = `http://${host}`;

  const storage = openIndependentStorage(blobs);
  const billing = createIndependentBilling({ url, storage, ...options });

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await toRequest(incoming);
    options.fault?.before?.(request);
    // Determined again, as the fault may have changed the path.
    const kind = kindOf(request.path);
    const answer = kind === 'blob' ? storage.answer(request) : billing.answer(kind, request);
    options.fault?.after?.(answer, request);
    write(answer, response);
  }

  return { url, close };
}

function kindOf(path: string): Kind {
  return routes.find(([, pattern]) => pattern.test(path))?.[0] ?? 'other';
}

async function toRequest(incoming: IncomingMessage): Promise<ServiceRequest> {
  const [path = '', ...query] = (incoming.url ?? '').split('?');
  return {
    kind: kindOf(path),
    method: incoming.method ?? '',
    path,
    query: query.join('?'),
    headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
    body: await text(incoming),
  };
}

function write({ status, headers, body }: ServiceAnswer, response: ServerResponse): void {
  // The answer has its own date, or lacks it on purpose.
  response.sendDate = false;
  // An explicit Content-Length may be wrong, so only closing the connection ends the body.
  if (headers['content-length'] !== undefined) response.shouldKeepAlive = false;
  response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers });
  response.end(body);
}
