import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, expect } from 'vitest';
import { run as runHere } from '../../src/cli/run.ts';
import { leaksIn } from './leaks.ts';
import { emptyDirectory } from './play.ts';
import type { Outcome } from './run-program.ts';

/** A compile cache, so that each process need not strip the types of the sources again. */
const cache = await mkdtemp(join(tmpdir(), 'command-cache-'));
afterAll(() => rm(cache, { recursive: true }));

/** Remaining processes are killed after the test file, because its tests may be concurrent. */
const children = new Set<ChildProcess>();
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** The environment of the command, with a token. */
export const environment = {
  ...process.env,
  GRAPH_ACCESS_TOKEN: 'test-token',
  NODE_COMPILE_CACHE: cache,
  FORCE_COLOR: undefined,
  ...Object.fromEntries(
    ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => [
      [name, undefined],
      [name.toLowerCase(), undefined],
    ]),
  ),
};

/** Checks that the output contains neither a secret nor a stack trace. */
function expectClean({ stdout, stderr }: Outcome): void {
  expect(stdout + stderr).not.toMatch(/sig=|\n +at /);
  expect(leaksIn(stdout + stderr)).toEqual([]);
}

/** Runs the command in this process, with the observer and coverage. `terminal` makes stdout and stderr look like a terminal. */
export async function run(
  args: string[],
  { env = {}, signal = new AbortController().signal, terminal = {} } = {},
): Promise<Outcome> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()].map((stream) => Object.assign(stream, terminal)) as [
    PassThrough,
    PassThrough,
  ];
  const output = Promise.all([text(stdout), text(stderr)]);
  const code = await runHere(args, { stdout, stderr, env: { ...environment, ...env }, signal });
  for (const stream of [stdout, stderr]) stream.end();
  const [out, err] = await output;
  const outcome = { code, stdout: out, stderr: err };
  expectClean(outcome);
  return outcome;
}

/** Starts the command as a process, for tests of signals, pipes, terminals and imports. */
export function start(
  args: string[],
  { env = {}, node = [] as string[] } = {},
): { child: ChildProcess; end: Promise<Outcome> } {
  const child = spawn(process.execPath, [...node, 'src/cli/main.ts', ...args], { env: { ...environment, ...env } });
  children.add(child);
  const outcome: Outcome = { code: null, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (piece) => {
    outcome.stdout += piece;
  });
  child.stderr.setEncoding('utf8').on('data', (piece) => {
    outcome.stderr += piece;
  });
  const end = new Promise<Outcome>((resolve) => {
    child.on('close', (code) => {
      expectClean(outcome);
      resolve({ ...outcome, code });
    });
  });
  return { child, end };
}

/** Runs the command as a process until it ends. */
export const runProcess = (args: string[], options = {}): Promise<Outcome> => start(args, options).end;

/** Returns the path of a directory that does not exist yet. */
export async function newDirectory(): Promise<string> {
  return join(await emptyDirectory(), 'out');
}

export const exportArgs = (service: { url: string }, directory: string, ...more: string[]): string[] => [
  ...['export', '--currency', 'USD', '--period', 'last', '--out', directory],
  ...['--base-url', `${service.url}/v1.0`, ...more],
];

/** Returns arguments of Node.js that preload a hook for the imports of the command. */
export const preload = (resolve: string): string[] => [
  '--import',
  `data:text/javascript,${encodeURIComponent(`
    import { registerHooks } from 'node:module';
    registerHooks({ resolve(name, context, next) { ${resolve}; return next(name, context); } });
  `)}`,
];

/** Returns arguments of Node.js that make a package missing. */
export const without = (name: string) =>
  preload(`if (name === '${name}') throw Object.assign(new Error('gone'), { code: 'ERR_MODULE_NOT_FOUND' })`);
