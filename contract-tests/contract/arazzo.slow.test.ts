import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readDocument } from '../../spec/document.ts';
import { partnerMonth, toBlob } from '../kit/mock/partner-month.ts';
import { startMock } from '../kit/mock/start-mock.ts';
import { type BrokenService, brokenServices, unusualServices } from '../support/broken-services.ts';
import { startIndependentService } from '../support/independent-service.ts';
import { leaksIn } from '../support/leaks.ts';
import { runProgram } from '../support/run-program.ts';

const workflows = 'unbilled-usage.arazzo.yaml';
const document = readDocument(`spec/${workflows}`);
const redocly = createRequire(import.meta.url).resolve('@redocly/cli/bin/cli.js');
const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };

/** The step that fails at a service that breaks the rule of a check. */
const stepByCheck: Record<string, string> = {
  'export-location': 'start',
  'operation-answered': 'poll',
  'operation-type': 'poll',
  'operation-error': 'poll',
  'operation-manifest': 'poll',
  'manifest-answered': 'read',
};

/** Contains the workflows without their waits. The runner ignores the `Retry-After` of a service. */
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'arazzo-'));
  const withoutWaits = JSON.stringify(document, (key, value) => (key === 'retryAfter' ? 0 : value));
  await writeFile(join(folder, workflows), withoutWaits);
  await copyFile('spec/openapi.yaml', join(folder, 'openapi.yaml'));
});
afterAll(() => rm(folder, { recursive: true }));

interface Step {
  stepId: string;
  status: 'success' | 'error';
  response: { headers: Record<string, string>; body?: Record<string, unknown> };
}

/** Runs a workflow, and returns the last attempt of its only step. */
async function run(workflow: string, baseUrl: string, inputs: object): Promise<Step> {
  const log = join(folder, `${workflow}.json`);
  const input = JSON.stringify({ token: 'test-token', ...inputs });
  const options = ['--workflow', workflow, '--server', `contract=${baseUrl}`, '--input', input, '--json-output', log];
  await rm(log, { force: true });
  const outcome = await runProgram(process.execPath, [redocly, 'respect', workflows, ...options], { cwd: folder, env });
  const text = await readFile(log, 'utf8').catch(() => '');
  if (!text) throw new Error(`${outcome.stdout}${outcome.stderr}`);
  expect(leaksIn(outcome.stdout)).toEqual([]);
  const [{ executedSteps }] = JSON.parse(text).files[workflows].executedWorkflows;
  const step: Step = executedSteps.at(-1);
  expect(outcome.code).toBe(step.status === 'success' ? 0 : 1);
  return step;
}

/** Runs the workflows as their description says, and returns the last attempt of each step, up to one that fails. */
async function runStory(baseUrl: string): Promise<Step[]> {
  const idIn = (url: unknown) => String(url).replace(/.*\//, '');
  const start = await run('startExport', baseUrl, { request: { currencyCode: 'USD', billingPeriod: 'last' } });
  if (start.status === 'error') return [start];
  const poll = await run('waitForExport', baseUrl, { operationId: idIn(start.response.headers.location) });
  const link = poll.response.body?.['resourceLocation@odata.navigationLink'];
  if (poll.status === 'error' || !link) return [start, poll];
  return [start, poll, await run('readManifest', baseUrl, { manifestId: idIn(link) })];
}

const summary = (steps: Step[]): string => steps.map(({ stepId, status }) => `${stepId}: ${status}`).join(', ');
const month = toBlob([...partnerMonth(5)]);

async function runStoryAt({ blob = month, ...options }: BrokenService): Promise<Step[]> {
  const service = await startIndependentService({ 'part-00000.c000.json.gz': blob }, options);
  onTestFinished(service.close);
  return runStory(`${service.url}/v1.0`);
}

describe('the workflows', () => {
  it('poll for an hour, as their description says', () => {
    const [, waitForExport] = document.workflows;
    const { retryAfter, retryLimit } = waitForExport.steps[0].onFailure[0];
    expect(retryAfter * retryLimit).toBe(3_600);
    expect(waitForExport.description).toContain('has not ended after an hour');
  });

  it.each([
    ['success', 'start: success, poll: success', 'resourceLocation'],
    ['linked', 'start: success, poll: success, read: success', 'rootDirectory'],
    ['throttled', 'start: success, poll: success', 'resourceLocation'],
    // An export without data is an answer, another failure is not.
    ['no-data', 'start: success, poll: success', 'error'],
    ['failed', 'start: success, poll: error', 'error'],
  ] as const)('end at the mock with the scenario %s as "%s"', async (scenario, expected, property) => {
    const { baseUrl, close } = await startMock({ items: 1, blobs: 1, scenario });
    onTestFinished(close);
    const steps = await runStory(baseUrl);
    expect(summary(steps)).toBe(expected);
    expect(steps.at(-1)?.response.body).toHaveProperty(property);
  });

  it.each(
    brokenServices.flatMap(([check, does, service]) => {
      const step = stepByCheck[check];
      return step ? [[step, does, service] as const] : [];
    }),
  )('fail in the step %s for a service that %s', async (step, _, service) => {
    const [last, ...earlier] = (await runStoryAt(service)).reverse();
    expect(last).toMatchObject({ stepId: step, status: 'error' });
    expect(earlier.map(({ status }) => status)).not.toContain('error');
  });

  it('pass for a service that is busy at first', async () => {
    const [, service] =
      unusualServices.find(([does]) => does === 'is busy at first, with a link to the manifest') ?? [];
    expect(summary(await runStoryAt(service ?? {}))).toBe('start: success, poll: success, read: success');
  });

  it('are run at a service for each of the listed checks', () => {
    const checks = brokenServices.map(([check]) => check);
    expect(Object.keys(stepByCheck).filter((check) => !checks.includes(check))).toEqual([]);
  });
});
