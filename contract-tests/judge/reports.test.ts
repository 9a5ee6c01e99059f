import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
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

it('a report that cannot be written is a usage error', { timeout: 60_000 }, async () => {
  const { url, close } = await startIndependentService(blobs);
  onTestFinished(close);
  const { code, stderr } = await check([`${url}/v1.0`, '--json', join(await emptyDirectory(), 'none/report.json')]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/\nThe report '\S+' cannot be written \(ENOENT\)\. See .* --help\.\n$/);
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
