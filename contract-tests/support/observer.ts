import { gunzipSync } from 'node:zlib';
import { at } from '../kit/document/document.ts';
import { findOperation } from '../kit/document/operations.ts';
import { escapePointer } from '../kit/document/pointer.ts';
import { problems } from '../kit/document/problems.ts';

/** The rules of the observer, by the name with which a finding starts. */
export const rules = {
  operation: 'a request is for an operation of the contract',
  'request security': 'a request to Graph has a bearer token',
  'request parameter': 'the parameters of a request and their values follow the contract',
  'client-request-id': 'each request to Graph has a unique ID',
  'request body': 'the body of a request has the media type and the schema of the contract',
  'response status': 'the contract documents the status for the operation',
  'response header': 'a response has the required headers, and they follow the contract',
  'response body': 'the body of a response has the media type and the schema of the contract',
  'blob request': 'a request for a blob uses GET, without the token and without an ID',
  blob: 'a blob is gzip or plain text, in UTF-8',
  'line item': 'each line of a blob is a line item of the contract',
} as const;

type Rule = keyof typeof rules;

/**
 * Checks every request and every response against the contract. A finding is a sentence that starts with the name of
 * its rule. A test with a broken service expects its findings (see `observe.setup.ts`).
 */
export class Observer {
  readonly findings: string[] = [];
  readonly #clientRequestIds = new Set<string>();
  readonly #pending: Promise<void>[] = [];

  /** Returns a `fetch` that is observed. */
  wrap(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
    return async (input, init) => {
      const request = new Request(input instanceof Request ? input.clone() : input, init);
      const url = new URL(request.url);
      const toGraph = url.pathname.includes('/reports/partners/billing/');
      const operation = toGraph ? findOperation(request.method, url.pathname) : undefined;
      if (toGraph && !operation) this.#find('operation', `${request.method} ${url.pathname} is not in the contract`);
      if (operation) await this.#checkRequest(operation, request.clone(), url);
      if (!toGraph) this.#checkBlobRequest(request);

      const response = await fetch(input, init);
      const copy = response.clone();
      // Ignores an incomplete response. Its consequences are up to the test.
      const ignore = () => {};
      if (operation) this.#pending.push(this.#checkResponse(operation.pointer, copy).catch(ignore));
      else if (!toGraph && response.status === 200) this.#pending.push(this.#checkBlob(copy).catch(ignore));
      return response;
    };
  }

  /** Resolves when every received response has been checked. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending);
  }

  #find(rule: Rule, detail: string): void {
    this.findings.push(`${rule}: ${detail}`);
  }

  async #checkRequest(
    { pointer, pathParameters }: { pointer: string; pathParameters: Record<string, string> },
    request: Request,
    url: URL,
  ): Promise<void> {
    const call = `${request.method} ${url.pathname}`;
    if (!/^Bearer \S+$/.test(request.headers.get('authorization') ?? '')) {
      this.#find('request security', `${call} has no bearer token`);
    }
    for (const i of (at(pointer).node.parameters ?? []).keys()) {
      const { pointer: parameter, node } = at(`${pointer}/parameters/${i}`);
      const value =
        node.in === 'path' ? decodeURIComponent(pathParameters[node.name] ?? '') : request.headers.get(node.name);
      if (value === null) {
        if (node.required) this.#find('request parameter', `${call} lacks ${node.name}`);
        continue;
      }
      for (const problem of problems(`${parameter}/schema`, value)) {
        this.#find('request parameter', `${call} ${node.name} ${problem}`);
      }
    }
    if (url.search) this.#find('request parameter', `${call} has an undocumented query`);

    const id = request.headers.get('client-request-id') ?? '';
    if (!id || this.#clientRequestIds.has(id)) this.#find('client-request-id', `${call} has no unique one`);
    this.#clientRequestIds.add(id);

    const text = await request.text();
    const { node: body } = at(`${pointer}/requestBody`);
    if (!body && text) this.#find('request body', `${call} has a body`);
    if (body) {
      const type = request.headers.get('content-type') ?? '';
      const content = `${pointer}/requestBody/content/${escapePointer(type)}`;
      if (!at(content).node) this.#find('request body', `${call} has the media type "${type}"`);
      else this.#checkJson('request body', call, `${content}/schema`, text);
    }
  }

  async #checkResponse(operation: string, response: Response): Promise<void> {
    const answer = `${operation.split('/').at(-1)?.toUpperCase()} ${response.status}`;
    const { pointer, node } = at(`${operation}/responses/${response.status}`);
    if (!node) {
      this.#find('response status', `${answer} is not documented`);
      return;
    }

    for (const name of Object.keys(node.headers ?? {})) {
      const { pointer: header, node: documented } = at(`${pointer}/headers/${escapePointer(name)}`);
      const value = response.headers.get(name);
      if (value === null) {
        if (documented.required) this.#find('response header', `${answer} lacks ${name}`);
        continue;
      }
      for (const problem of problems(`${header}/schema`, value)) {
        this.#find('response header', `${answer} ${name} ${problem}`);
      }
    }

    const text = await response.text();
    if (!node.content) {
      if (text) this.#find('response body', `${answer} has a body`);
      return;
    }
    const type = (response.headers.get('content-type') ?? '').split(';')[0]?.trim() ?? '';
    const content = `${pointer}/content/${escapePointer(type)}`;
    if (!at(content).node) this.#find('response body', `${answer} has the media type "${type}"`);
    else this.#checkJson('response body', answer, `${content}/schema`, text);
  }

  #checkJson(rule: Rule, where: string, schema: string, text: string): void {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      this.#find(rule, `${where} is not JSON`);
      return;
    }
    const details = problems(schema, value);
    if (details.length) this.#find(rule, `${where} ${details.join('; ')}`);
  }

  #checkBlobRequest(request: Request): void {
    if (request.headers.has('authorization')) this.#find('blob request', 'carries a bearer token');
    if (request.headers.has('client-request-id')) this.#find('blob request', 'carries a client-request-id');
    if (request.method !== 'GET') this.#find('blob request', `is a ${request.method}`);
  }

  /** Checks a complete blob: gzip or inflated text, in which each line is a line item. */
  async #checkBlob(response: Response): Promise<void> {
    const bytes = new Uint8Array(await response.arrayBuffer());
    let text: string;
    try {
      const inflated = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
      text = new TextDecoder('utf-8', { fatal: true }).decode(inflated);
    } catch (error) {
      this.#find('blob', `is corrupt: ${error}`);
      return;
    }
    for (const [i, line] of text.split('\n').entries()) {
      if (!/^[ \t\r]*$/.test(line))
        this.#checkJson('line item', `line ${i + 1}`, '/components/schemas/UsageLineItem', line);
    }
  }
}
