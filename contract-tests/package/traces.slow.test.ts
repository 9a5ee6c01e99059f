import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { expect, it, onTestFinished } from 'vitest';
import type { ScenarioName } from '../kit/mock/scenarios.ts';
import { startMock } from '../kit/mock/start-mock.ts';
import { blocksOf } from '../support/documentation.ts';
import { leaksIn } from '../support/leaks.ts';
import { emptyDirectory } from '../support/play.ts';
import { runProgram } from '../support/run-program.ts';

/** Records spans with the vendor's SDK, and prints them at the end. */
const recorder = `
import { createRequire } from 'node:module';
const require = createRequire(${JSON.stringify(resolve('contract-tests/tools/package.json'))});
const { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-base');
const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
require('@opentelemetry/api').trace.setGlobalTracerProvider(provider);
process.on('exit', () => {
  for (const { name, kind, status, attributes } of exporter.getFinishedSpans()) {
    console.error(JSON.stringify({ name, kind, status, attributes }));
  }
});
`;

/** Runs the program in the documentation, and returns the spans of its requests. */
async function spansOf(scenario: ScenarioName) {
  const mock = await startMock({ scenario, blobs: 1, items: 3 });
  onTestFinished(mock.close);
  const folder = await emptyDirectory();
  const [block] = blocksOf('docs/api.md', 'ts').filter(({ code }) => code.includes('@opentelemetry/api'));
  await writeFile(join(folder, 'program.mts'), block?.code ?? '');
  await writeFile(join(folder, 'recorder.mjs'), recorder);
  const preload = resolve('contract-tests/support/at-the-mock.ts');
  const env = { ...process.env, MOCK_URL: new URL(mock.baseUrl).origin, GRAPH_ACCESS_TOKEN: 'test-token' };
  const args = ['--import', preload, '--import', './recorder.mjs', 'program.mts'];
  const { code, stderr } = await runProgram('node', args, { cwd: folder, env });
  expect({ code, leaks: leaksIn(stderr), sas: stderr.includes('sig=') }).toEqual({ code: 0, leaks: [], sas: false });
  return stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

// https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span
it('the program in the documentation makes each request a span', async () => {
  const spans = await spansOf('throttled');
  const graph = 'https://graph.microsoft.com/v1.0/reports/partners/billing';
  const first = { kind: SpanKind.CLIENT, name: 'POST' };
  const common = { 'http.request.method': 'POST', 'server.address': 'graph.microsoft.com', 'server.port': 443 };
  const url = `${graph}/usage/unbilled/export`;
  const ids = { 'http.response.header.request-id': [expect.stringMatching(/^[-\w]{36}$/)] };
  expect(spans.slice(0, 2)).toEqual([
    {
      ...first,
      status: {
        code: SpanStatusCode.ERROR,
        message: expect.stringMatching(/^POST .* answered 429 /),
      },
      attributes: { ...common, ...ids, 'url.full': url, 'http.response.status_code': 429, 'error.type': '429' },
    },
    {
      ...first,
      status: { code: SpanStatusCode.UNSET },
      attributes: {
        ...common,
        ...ids,
        'url.full': url,
        'http.response.status_code': 202,
        'http.request.resend_count': 1,
      },
    },
  ]);
  expect(spans.at(-1)).toMatchObject({
    name: 'GET',
    attributes: { 'url.full': expect.stringMatching(/\.json\.gz$/), 'http.response.status_code': 200 },
  });
});

it('a broken connection has the class of its error as its type', async () => {
  const [broken, resumed] = (await spansOf('broken-connection')).slice(-2);
  expect(broken).toMatchObject({
    name: 'GET',
    status: { code: SpanStatusCode.ERROR },
    attributes: { 'http.response.status_code': 200, 'error.type': 'BlobError' },
  });
  expect(resumed).toMatchObject({
    name: 'GET',
    attributes: {
      'server.address': '127.0.0.1',
      'server.port': expect.any(Number),
      'http.response.status_code': 206,
    },
  });
  expect(resumed.attributes).not.toHaveProperty('error.type');
});
