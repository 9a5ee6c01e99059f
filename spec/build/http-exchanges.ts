import { createHash } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Json } from '../document.ts';
import type { SampleBlob } from './sample-blobs.ts';

interface Step {
  path: string;
  method: 'get' | 'post';
  status: number;
  /** The names of the examples of the request and the response. */
  request?: string;
  response?: string;
}

const start = { method: 'post', path: '/reports/partners/billing/usage/unbilled/export' } as const;
const poll = { method: 'get', path: '/reports/partners/billing/operations/{operationId}', status: 200 } as const;
const read = { method: 'get', path: '/reports/partners/billing/manifests/{manifestId}', status: 200 } as const;

/** All steps of an export. Alternatives of a step have the same number. */
const story: Record<string, Step> = {
  '1-export': { ...start, status: 202, request: 'currentFull' },
  '1-export-throttled': { ...start, status: 429, request: 'currentFull', response: 'throttled' },
  '2-not-started': { ...poll, response: 'notStarted' },
  '3-running': { ...poll, response: 'running' },
  '4-succeeded-embedded': { ...poll, response: 'succeededEmbedded' },
  '4-succeeded-linked': { ...poll, response: 'succeededLinked' },
  '4-failed-no-data': { ...poll, response: 'failedNoData' },
  '5-manifest': { ...read, response: 'manifest' },
};

/** Returns each request and response of the story as HTTP text, from the examples of the dereferenced contract. */
export function httpExchanges(contract: Json, blobs: readonly SampleBlob[]): Record<string, string> {
  const files: Record<string, string> = {};
  const ids = ['RequestId', 'EchoedClientRequestId'].map((name) => contract.components.headers[name].example);
  for (const [name, step] of Object.entries(story)) {
    // Each request has its own IDs: those of the example, ending with the number of the step.
    const numbered = (text: string) =>
      ids.reduce((changed, id) => changed.replaceAll(id, `${id.slice(0, -1)}${name[0]}`), text);
    files[`${name}.request.http`] = numbered(requestOf(contract, step));
    files[`${name}.response.http`] = numbered(responseOf(contract, step));
  }
  const { rootDirectory, sasToken } = contract.components.examples.manifest.value;
  for (const [i, blob] of blobs.entries()) {
    const url = new URL(`${rootDirectory}/${blob.name}?${sasToken}`);
    const request = message(`GET ${url.pathname}${url.search} HTTP/1.1`, {
      Host: url.host,
      'Accept-Encoding': 'identity',
    });
    const response = message('HTTP/1.1 200 OK', {
      'Content-Type': 'application/octet-stream',
      'Content-Length': blob.bytes.length,
      'Content-MD5': createHash('md5').update(blob.bytes).digest('base64'),
      ETag: `"0x${blob.sha256.slice(0, 15).toUpperCase()}"`,
      'Accept-Ranges': 'bytes',
    });
    files[`6-blob-${i}.request.http`] = request;
    files[`6-blob-${i}.response.http`] = response;
  }
  return files;
}

function message(firstLine: string, headers: Record<string, unknown>, body = ''): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [firstLine, ...lines, '', body].join('\r\n');
}

function requestOf(contract: Json, { method, path, request }: Step): string {
  const operation = contract.paths[path][method];
  const server = new URL(contract.servers[0].url);
  const named = Object.fromEntries(operation.parameters.map((each: Json) => [each.name, each.example]));
  const pathname = path.replace(/\{(\w+)\}/, (_, name) => named[name]);
  const content = operation.requestBody?.content['application/json'];
  const body = request ? JSON.stringify(content.examples[request].value) : '';
  const headers = {
    Host: server.host,
    Authorization: 'Bearer EXAMPLE',
    ...(body && { 'Content-Type': 'application/json' }),
    'client-request-id': named['client-request-id'],
    ...(body && { 'Content-Length': Buffer.byteLength(body) }),
  };
  return message(`${method.toUpperCase()} ${server.pathname}${pathname} HTTP/1.1`, headers, body);
}

function responseOf(contract: Json, { method, path, status, response }: Step): string {
  const documented = contract.paths[path][method].responses[status];
  const body = response ? JSON.stringify(documented.content['application/json'].examples[response].value) : '';
  const over = /^(succeeded|failed)/.test(response ?? '');
  const headers = Object.entries<Json>(documented.headers)
    .filter(([name]) => !(over && name === 'Retry-After'))
    .map(([name, header]) => [name, header.example ?? exampleOf(header)]);
  return message(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    {
      ...(body && { 'Content-Type': 'application/json' }),
      ...Object.fromEntries(headers),
      'Content-Length': Buffer.byteLength(body),
    },
    body,
  );
}

/** Returns the example of a header for v1.0, or the first one. */
function exampleOf({ examples }: Json): string {
  return (examples['v1.0'] ?? Object.values<Json>(examples)[0]).value;
}
