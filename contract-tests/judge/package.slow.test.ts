import { execFile } from 'node:child_process';
import { mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from 'vitest';
import { partnerMonth, toBlob } from '../kit/mock/partner-month.ts';
import { type BrokenService, brokenServices } from '../support/broken-services.ts';
import { startIndependentService } from '../support/independent-service.ts';
import { type Outcome, runProgram } from '../support/run-program.ts';

/** The output of `check` while an export runs. */
const progress = expect.stringMatching(/^(operation \w+\n|reading \d+ blobs?\n)+$/);

// Tests the packed kit, installed in an empty folder without these sources.

const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'kit-')));
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  const pack = ['pack', '--workspace', 'partner-unbilled-usage-contract', '--pack-destination', folder];
  await run('npm', pack);
  const [tarball = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  const install = ['install', '--prefer-offline', '--omit=optional', '--no-audit', '--no-fund', join(folder, tarball)];
  await run('npm', install, { cwd: folder });
  return () => rm(folder, { recursive: true, force: true });
}, 120_000);

/** Runs the installed `check` against the independent service. */
async function check(
  service: BrokenService,
  { node = process.execPath, flags = [] as string[] } = {},
): Promise<Outcome> {
  const { blob = toBlob([...partnerMonth(20)]), ...options } = service;
  const { url, close } = await startIndependentService({ 'part-00000.c000.json.gz': blob }, options);
  const command = join(folder, 'node_modules/.bin/partner-unbilled-usage-contract');
  const env = { ...process.env, CONTRACT_TOKEN: 'test-token' };
  const outcome = await runProgram(node, [command, 'check', `${url}/v1.0`, ...flags], { cwd: folder, env });
  await close();
  return outcome;
}

const failedChecks = ({ stdout }: Outcome) => [...stdout.matchAll(/^ {2}FAILED +(\S+)$/gm)].map(([, name]) => name);

it('the kit needs seven packages to check a service', async () => {
  const packages = (await readdir(join(folder, 'node_modules'))).filter((name) => !name.startsWith('.'));
  expect(packages.sort()).toEqual([
    'ajv',
    'ajv-formats',
    'fast-deep-equal',
    'fast-uri',
    'json-schema-traverse',
    'partner-unbilled-usage-contract',
    'require-from-string',
    'yaml',
  ]);
});

// The second is the Node.js that runs npm. The toolchain contains a newer one.
const nodes = [...new Set([process.execPath, process.env.npm_node_execpath ?? process.execPath])];

it.each(nodes)('the kit checks the independent service in less than 10 s with %s', async (node) => {
  const start = performance.now();
  const outcome = await check({}, { node });
  expect(outcome).toMatchObject({ code: 0, stderr: progress, stdout: expect.stringContaining(', 0 failed, ') });
  expect(performance.now() - start).toBeLessThan(10_000);
});

it.each<[string, BrokenService]>([
  ['links to its manifest', { linked: true }],
  ['has no data', { outcome: 'noData' }],
])('the independent service passes every check if it %s', async (_, service) => {
  expect(await check(service)).toMatchObject({
    code: 0,
    stderr: progress,
    stdout: expect.stringContaining(', 0 failed, '),
  });
});

it('only the right check fails for each broken service', { timeout: 600_000 }, async () => {
  const queue = [...brokenServices];
  const results: unknown[] = [];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [, what, service] = next;
      const isEndless = what === 'never ends an operation';
      const outcome = await check(service, { flags: isEndless ? ['--timeout', '10s'] : [] });
      results.push([what, failedChecks(outcome), outcome.code]);
    }
  };
  // Each one spends most of its time waiting for the next poll.
  await Promise.all(Array.from({ length: 4 }, worker));
  const expected = brokenServices.map(([name, what]) => [what, [name], what === 'never ends an operation' ? 4 : 1]);
  expect(results.sort()).toEqual(expected.sort());
});

it('the mock without Prism fails, and names it', async () => {
  const command = join(folder, 'node_modules/.bin/partner-unbilled-usage-contract');
  for (const node of nodes) {
    const outcome = await runProgram(node, [command, 'mock', '--port', '0', '--storage-port', '0'], { cwd: folder });
    expect(outcome).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^The mock needs Prism.*\n$/) });
  }
});
