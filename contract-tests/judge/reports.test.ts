import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { checkNames } from '../kit/checks/judge.ts';
import { listen } from '../kit/mock/listen.ts';
import { partnerMonth, toBlob } from '../kit/mock/partner-month.ts';
import { brokenServices } from '../support/broken-services.ts';
import { startIndependentService } from '../support/independent-service.ts';
import { leaksIn } from '../support/leaks.ts';
import { emptyDirectory } from '../support/play.ts';
import { runProgram } from '../support/run-program.ts';

const blobs = { 'part-00000.c000.json.gz': toBlob([...partnerMonth(20)]) };
const command = ['contract-tests/kit/command/main.ts', 'check'];
const environment = { ...process.env, GITHUB_ACTIONS: undefined, CONTRACT_TOKEN: 'test-token' };
const check = (args: string[]) => runProgram('node', [...command, ...args], { env: environment });

describe('the reports of a service that serves blobs without a SAS', { timeout: 60_000 }, () => {
  let outcome: { code: unknown; stdout: string };
  let files: Record<'junit' | 'markdown' | 'json' | 'summary', string>;

  beforeAll(async () => {
    const [, , { fault = {} }] = brokenServices.find(([name]) => name === 'blob-needs-sas') ?? ['', '', {}];
    const { url, close } = await startIndependentService(blobs, { fault });
    const directory = await mkdtemp(join(tmpdir(), 'reports-'));
    const flags = ['junit', 'markdown', 'json'].flatMap((name) => [`--${name}`, join(directory, name)]);
    const env = { ...environment, GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: join(directory, 'summary') };
    outcome = await new Promise((resolve) => {
      const args = [...command, `${url}/v1.0`, ...flags];
      execFile('node', args, { env }, (error, stdout) => resolve({ code: error?.code, stdout }));
    });
    const read = (name: string) => readFile(join(directory, name), 'utf8');
    files = {
      junit: await read('junit'),
      markdown: await read('markdown'),
      json: await read('json'),
      summary: await read('summary'),
    };
    return async () => {
      await close();
      await rm(directory, { recursive: true });
    };
  }, 60_000);

  it('contain no secrets', () => {
    expect(outcome.code).toBe(1);
    for (const text of [outcome.stdout, ...Object.values(files)]) expect(leaksIn(text)).toEqual([]);
  });

  it('contain the failure as JUnit XML', () => {
    expect(XMLValidator.validate(files.junit)).toBe(true);
    const { testsuites } = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' }).parse(files.junit);
    expect(testsuites).toMatchObject({ tests: `${checkNames.length}`, failures: '1', errors: '0' });
    const cases = testsuites.testsuite.flatMap(({ testcase }: { testcase: object }) => testcase);
    expect(cases.map(({ name }: { name: string }) => name)).toEqual(checkNames);
    const [failed, ...others] = cases.filter(({ failure }: { failure?: object }) => failure);
    expect(others).toEqual([]);
    expect(failed).toMatchObject({
      name: 'blob-needs-sas',
      classname: 'The blobs',
      failure: { message: 'blob without SAS: received 200, documented a refusal, such as 403' },
    });
    expect(failed.failure['#text']).toMatch(/\ncurl --include 'http:\S+'\nhttps:\S+$/);
  });

  it('contain the failure as Markdown, in a file and on the summary page of GitHub', () => {
    expect(files.summary).toBe(files.markdown);
    expect(files.markdown).toMatch(/^## Contract of `http:\S+`\n\n\d+ passed, 1 failed, 1 skipped, in \S+ s\.\n/);
    expect(files.markdown).toMatch(
      /\n### ❌ blob-needs-sas\n\n```text\nThe service refuses [\s\S]*\n```\n\n<https:\S+>\n/,
    );
    expect(files.markdown.match(/^\| ✅ \|/gm)).toHaveLength(checkNames.length - 2);
  });

  it('contain everything as JSON', () => {
    const report = JSON.parse(files.json);
    expect(report).toMatchObject({ passed: checkNames.length - 2, failed: 1, skipped: 1 });
    const failed = report.checks.find(({ outcome }: { outcome: string }) => outcome === 'failed');
    const exchange = { method: 'GET', status: 200, curl: expect.stringMatching(/^curl --include 'http:\S+'$/) };
    expect(failed).toMatchObject({ name: 'blob-needs-sas', breaches: [{ exchange }] });
  });

  it('annotate the job on GitHub', () => {
    const annotation =
      '::error title=blob-needs-sas::blob without SAS: received 200, documented a refusal, such as 403';
    expect(outcome.stdout.split('\n')).toContain(annotation);
  });
});

it('the reports of a service that stops answering contain the other checks and the reason', {
  timeout: 60_000,
}, async () => {
  const { url, close } = await startIndependentService(blobs);
  onTestFinished(close);
  // Breaks the connection of a request for a manifest, and forwards the others.
  const gateway = createServer((incoming, response) => {
    const { method, headers, url: path = '' } = incoming;
    if (path.includes('/manifests/')) return void incoming.socket.destroy();
    const onward = request(url + path, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(onward);
  });
  const { host, close: closeGateway } = await listen(gateway);
  onTestFinished(closeGateway);
  const directory = await emptyDirectory();
  const [junit, json] = [join(directory, 'reports/junit.xml'), join(directory, 'reports/report.json')];
  const env = { ...environment, GITHUB_ACTIONS: 'true' };
  const args = [...command, `http://${host}/v1.0`, '--junit', junit, '--json', json];
  const { code, stdout, stderr } = await runProgram('node', args, { env });
  const reason = expect.stringMatching(/^No answer to GET http:\S+\/manifests\/\S+: /);
  expect(code).toBe(4);
  expect(stdout).toMatch(/\n {2}ok +export-accepted\n/);
  expect(stdout).toMatch(/\n {2}skipped +refuses-unknown-manifest: No answer to GET /);
  expect(stdout).toMatch(/\n::error::No answer to GET \S+: [^\n]+\n$/);
  expect(stderr.trimEnd().split('\n').at(-1)).toEqual(reason);
  expect(JSON.parse(await readFile(json, 'utf8'))).toMatchObject({ failed: 0, interruption: reason });
  const { testsuites } = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' }).parse(
    await readFile(junit),
  );
  expect(testsuites).toMatchObject({ tests: `${checkNames.length + 1}`, failures: '0', errors: '1' });
  expect(testsuites.testsuite.at(-1).testcase.error.message).toEqual(reason);
});

it('a service that does not answer replaces an earlier report, and fails the job', { timeout: 60_000 }, async () => {
  const { host, close } = await listen(createServer());
  await close();
  const junit = join(await emptyDirectory(), 'junit.xml');
  await writeFile(junit, 'earlier');
  const env = { ...environment, GITHUB_ACTIONS: 'true' };
  const { code, stdout } = await runProgram('node', [...command, `http://${host}/v1.0`, '--junit', junit], { env });
  expect(code).toBe(4);
  expect(stdout).toMatch(/\n::error::No answer to POST \S+: connect ECONNREFUSED/);
  expect(await readFile(junit, 'utf8')).toMatch(/ tests="1" .* errors="1"[\s\S]*<error message="No answer to POST /);
});

it('a report that cannot be written is a usage error', { timeout: 60_000 }, async () => {
  const { code, stderr } = await check(['http://127.0.0.1:1/v1.0', '--json', 'package.json/report.json']);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^The report '\S+' cannot be written \(E\w+\)\. See .* --help\.\n$/);
});

describe('--wait-for', { timeout: 60_000 }, () => {
  it('waits until the service answers', async () => {
    const { host, close } = await listen(createServer());
    await close();
    const port = Number(host.split(':').at(-1));
    const result = check([`http://${host}/v1.0`, '--wait-for', '50s', '--only', 'export-accepted', '--timeout', '5s']);
    // The command may start before or after this server. It has to work in both cases.
    const server = createServer((_, response) => response.writeHead(404).end());
    const late = await listen(server, port);
    onTestFinished(late.close);
    const { code, stdout } = await result;
    expect(code).toBe(1);
    expect(stdout).toContain('export: received 404, documented 202');
  });

  it('waits for the service behind a gateway', async () => {
    let requests = 0;
    const server = createServer((_, response) => response.writeHead(requests++ < 3 ? 502 : 404).end());
    const { host, close } = await listen(server);
    onTestFinished(close);
    const args = ['--wait-for', '50s', '--only', 'export-accepted', '--timeout', '5s'];
    const { code, stdout } = await check([`http://${host}/v1.0`, ...args]);
    expect(code).toBe(1);
    expect(stdout).toContain('export: received 404, documented 202');
  });

  it('ends with 4 and one line if the service does not answer', async () => {
    const { host, close } = await listen(createServer());
    await close();
    const { code, stderr } = await check([`http://${host}/v1.0`, '--wait-for', '500ms']);
    expect({ code, stderr }).toEqual({
      code: 4,
      stderr: expect.stringMatching(/^No answer from http:\S+ within 0\.5 s: connect ECONNREFUSED \S+\n$/),
    });
  });
});

it('a service that is always busy ends the check at the timeout with one line', { timeout: 60_000 }, async () => {
  const { host, close } = await listen(createServer((_, response) => response.writeHead(503).end()));
  onTestFinished(close);
  const { code, stderr } = await check([`http://${host}/v1.0`, '--timeout', '4s']);
  expect(code).toBe(4);
  expect(stderr).toMatch(/^POST http:\S+\/export still answered 503 when the timeout passed\.\n$/);
});
