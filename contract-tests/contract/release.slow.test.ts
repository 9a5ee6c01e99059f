import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from 'vitest';
import { interpreters } from '../support/interpreters.ts';
import { leaksIn } from '../support/leaks.ts';
import { type MockProcess, startMockProcess } from '../support/mock-process.ts';
import { runProgram } from '../support/run-program.ts';

// contract.tar.gz of a release, unpacked where there is no clone. Every command of its README runs in it. The kit, which
// npx would download, is installed from its packed package.

const run = promisify(execFile);
const readme = await readFile('spec/README.md', 'utf8');
const blocks = [...readme.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
const [unpack = '', mockCommand = '', ...others] = blocks;
/** Commands that need an account, fixed ports, or a package for Python, with which another suite runs them. */
const exceptions = [
  /login\.microsoftonline\.com/,
  /^npx \S+ mock --port 4011 --storage-port 10001\n$/,
  /^pip install schemathesis\nschemathesis run .*\n$/,
];
const runnable = others.filter((block) => !exceptions.some((each) => each.test(block)));
const outputs = [
  [/cmp/, /^ *20 line-items\.jsonl$/m],
  [/Prefer/, /"code":"5000"[\s\S]*HTTP\/1\.1 429 /],
  [/-contract check/, /, 0 failed, /],
  [/cli@2 respect/, /✓ POST .* - step start[\s\S]*\slocation: http/],
  [/sha256sum/, /^(part-\S+: OK\n){2}$/],
] as const;
/** Redocly would color its output in CI, and hide headers with Vitest's NODE_ENV. */
const env = { ...process.env, REDOCLY_TELEMETRY: 'off', NO_COLOR: '1', NODE_ENV: '' };
const interpreterOf = (block: string) => Object.keys(interpreters).find((each) => block.includes(`${each} `));

let contract: string;
let mock: MockProcess;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'release-'));
  await run('npm', ['run', 'pack:spec', '--', join(folder, 'contract.tar.gz')]);
  await run('npm', ['pack', '--workspace', 'partner-unbilled-usage-contract', '--pack-destination', folder]);
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  const [kit = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', join(folder, kit)], { cwd: folder });
  await run('bash', ['-euc', unpack], { cwd: folder });
  contract = join(folder, 'contract');
  const onFreePorts = `${mockCommand.trim()} --port 0 --storage-port 0`;
  mock = await startMockProcess('bash', '-euc', `cd '${contract}' && ${onFreePorts}`);
  return async () => {
    await mock.end('SIGTERM', 'all');
    await rm(folder, { recursive: true });
  };
}, 600_000);

it('only some known commands are not run', () => {
  expect(mockCommand).toMatch(/^npx partner-unbilled-usage-contract mock --items 20 --blobs 2\n$/);
  for (const each of exceptions) expect(others.filter((block) => each.test(block))).toHaveLength(1);
  for (const [command] of outputs) expect(runnable.filter((block) => command.test(block))).toHaveLength(1);
  expect(runnable.flatMap((block) => interpreterOf(block) ?? [])).toEqual(Object.keys(interpreters));
});

it('every file that the README links to is in it', () => {
  const targets = [...readme.matchAll(/\]\(([^)\s#]+)\)/g)].map(([, target = '']) => target);
  const files = targets.filter((target) => !target.startsWith('https:'));
  expect(files).toContain('openapi.yaml');
  expect(files.filter((target) => !existsSync(join(contract, target)))).toEqual([]);
});

it('every file that the README names in dist/ is in it', () => {
  const named = [...readme.matchAll(/dist\/[\w./-]*\.\w+/g)].map(([path]) => path);
  expect(named).toContain('dist/openapi-3.0.yaml');
  expect(named.filter((path) => !existsSync(join(contract, path)))).toEqual([]);
});

it.for(runnable.map((block) => [block.split('\n').at(-2), block] as const))(
  'this works: %s',
  async ([, block], context) => {
    const interpreter = interpreterOf(block);
    if (interpreter) context.skip(!interpreters[interpreter], `${interpreter} is missing or too old`);
    const script = block
      // The same version from the root, which npx would download.
      .replace('npx @redocly/cli@2', resolve('node_modules/.bin/redocly'))
      .replaceAll('http://127.0.0.1:4010', mock.url)
      .replaceAll('http://127.0.0.1:10000', mock.storageUrl);
    const outcome = await runProgram('bash', ['-euo', 'pipefail', '-c', script], { cwd: contract, env });
    expect(outcome).toMatchObject({ code: 0 });
    expect(leaksIn(outcome.stdout + outcome.stderr)).toEqual([]);
    for (const [command, output] of outputs) if (command.test(block)) expect(outcome.stdout).toMatch(output);
  },
);
