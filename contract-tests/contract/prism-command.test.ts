import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../spec/document.ts';
import { at, spec } from '../kit/document/document.ts';
import { toPointer } from '../kit/document/pointer.ts';
import { directFetch } from '../support/observe.setup.ts';
import { exportPath, headers, post, valid, wrongRequests } from '../support/wrong-requests.ts';

// Runs the contract with Prism's own command, as a team without our mock would.

let url: string;
beforeAll(async () => {
  const command = 'node_modules/@stoplight/prism-cli/dist/index.js';
  const args = [command, 'mock', '--errors', '--port', '0', 'spec/openapi.yaml'];
  const prism = spawn('node', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const close = once(prism, 'close');
  for await (const line of createInterface(prism.stdout)) {
    url = /Prism is listening on (http:[/\d.:]+)/.exec(line)?.[1] ?? '';
    if (url) break;
  }
  prism.stdout.resume();
  return async () => {
    prism.kill('SIGKILL');
    await close;
  };
}, 60_000);

const ask = (path: string, init: RequestInit) => directFetch(url + path, init);

describe("Prism's command refuses", () => {
  it.each(wrongRequests)('%s', async (_, path, init, status) => {
    expect((await ask(path, init)).status).toBe(status);
  });
});

describe("Prism's command accepts", () => {
  const examples = at(toPointer(['paths', exportPath, 'post', 'requestBody'])).node.content['application/json']
    .examples;

  it.each(Object.keys(examples))('the example %s', async (name) => {
    const answer = await ask(exportPath, post(examples[name].value));
    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toMatch(/\/operations\/./);
    expect(await answer.text()).toBe('');
  });
});

/** Every example of a response: method, path, status, its name and its value. */
const answers = Object.entries<Json>(spec.paths).flatMap(([template, item]) =>
  Object.keys(item).flatMap((method) => {
    const pointer = ['paths', template, method];
    const { parameters, responses } = at(toPointer(pointer)).node;
    const inPath = parameters.find((parameter: Json) => parameter.in === 'path');
    const path = template.replace(/\{\w+\}/, inPath?.example);
    return Object.keys(responses).flatMap((status) => {
      const response = at(toPointer([...pointer, 'responses', status])).node;
      return Object.entries<Json>(response.content?.['application/json'].examples ?? {}).map(([name, example]) => {
        const value = example.$ref ? at(example.$ref.slice(1)).node.value : example.value;
        return [method, path, status, name, value] as const;
      });
    });
  }),
);

describe("Prism's command returns", () => {
  it('every named example of a response', () => {
    expect(new Set(answers.map(([, , , name]) => name)).size).toBe(7 + 2 + 10);
  });

  it.each(answers)('%s %s: %s %s', async (method, path, status, name, value) => {
    const prefer = { ...headers, prefer: `code=${status}, example=${name}` };
    const init = method === 'post' ? { ...post(valid), headers: prefer } : { headers: prefer };
    const answer = await ask(path, init);
    expect(answer.status).toBe(Number(status));
    expect(await answer.json()).toEqual(value);
  });
});
