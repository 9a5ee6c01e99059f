import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, onTestFinished } from 'vitest';
import {
  createUnbilledUsageClient,
  type ExportHandle,
  type Manifest,
  type UnbilledUsageClient,
  type UnbilledUsageClientOptions,
} from '../../src/index.ts';
import { at, spec } from '../kit/document/document.ts';
import { toPointer } from '../kit/document/pointer.ts';
import { leaksIn } from './leaks.ts';
import { type Answer, type ScriptedServer, startScriptedServer } from './scripted-server.ts';

export const handle: ExportHandle = {
  operationId: '9ab9cb54-d07f-4f52-9ea6-a09d7de52c14',
  location: 'https://graph.microsoft.com/v1.0/reports/partners/billing/operations/9ab9cb54-d07f-4f52-9ea6-a09d7de52c14',
};

/** Returns a named example of the contract, with changes. */
export function example(name: string, changes: object = {}): object {
  return { ...spec.components.examples[name].value, ...changes };
}

/** Returns the answer with an operation that has succeeded with this manifest. */
export function succeeded(manifest: Manifest): Answer {
  return { body: example('succeededEmbedded', { resourceLocation: manifest }) };
}

export const accepted: Answer = { status: 202, headers: { location: handle.location } };

/** Returns an error response with the example of the contract for this status. */
export function refusal(status: number, headers: Record<string, string> = {}): Answer {
  const path = ['paths', '/reports/partners/billing/operations/{operationId}', 'get', 'responses', `${status}`];
  const { examples } = at(toPointer(path)).node.content['application/json'];
  const [first] = Object.values<{ value: object }>(examples);
  return { status, headers, body: first?.value ?? {} };
}

/** Starts a service that gives these answers in turn. Stops it after the test. */
export async function scripted(...answers: Answer[]): Promise<ScriptedServer> {
  const server = await startScriptedServer(...answers);
  onTestFinished(server.close);
  return server;
}

/** Creates a client for a local server, whose retries hardly wait. */
export function clientOf(
  { url }: { url: string },
  options: Partial<UnbilledUsageClientOptions> = {},
): UnbilledUsageClient {
  return createUnbilledUsageClient({
    credential: 'test-token',
    baseUrl: `${url}/${options.apiVersion ?? 'v1.0'}`,
    ...options,
    retry: { baseDelayMs: 1, maxDelayMs: 1, ...options.retry },
  });
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Returns a promise and the function that resolves it. */
export function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** Returns the error of a promise, and checks that it contains no token and no SAS. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`resolved with ${JSON.stringify(value)}`);
    },
    (error: unknown) => {
      expectNoLeak(error);
      return error;
    },
  );
}

/** Checks everything that a log could show of an error: properties, hidden ones, causes, JSON. */
export function expectNoLeak(error: unknown): void {
  const texts = [inspect(error, { depth: 10, showHidden: true }), `${(error as Error | null)?.stack}`];
  if (typeof error === 'object') texts.push(JSON.stringify(error));
  expect(leaksIn(texts.join('\n'))).toEqual([]);
}

/** Checks that the files of a directory contain no secrets. */
export async function expectNoLeakIn(directory: string): Promise<void> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((each) => each.isFile())) {
    expect(leaksIn(await readFile(join(entry.parentPath, entry.name), 'latin1')), entry.name).toEqual([]);
  }
}

/** Creates a directory that is searched for secrets and removed after the test. */
export async function emptyDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'unbilled-usage-'));
  onTestFinished(async () => {
    try {
      if (existsSync(directory)) await expectNoLeakIn(directory);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
  return directory;
}
