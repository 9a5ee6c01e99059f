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

/** So that not each process has to strip the types of the sources anew. */
const cache = await mkdtemp(join(tmpdir(), 'command-cache-'));
afterAll(() => rm(cache, { recursive: true }));

/** Tests may be concurrent, so what is left of them ends with their file. */
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
};

/** Neither a secret nor a stack trace may be in what the command prints. */
function expectClean({ stdout, stderr }: Outcome): void {
  expect(stdout + stderr).not.toMatch(/sig=|\n +at /);
  expect(leaksIn(stdout + stderr)).toEqual([]);
}

/** Runs the command to its end in this process, observed and counted. `terminal` says of stderr that it is one. */
export async function run(
  args: string[],
  { env = {}, signal = new AbortController().signal, terminal = {} } = {},
): Promise<Outcome> {
  const [stdout, stderr] = [new PassThrough(), Object.assign(new PassThrough(), terminal)];
  const printed = Promise.all([text(stdout), text(stderr)]);
  const code = await runHere(args, { stdout, stderr, env: { ...environment, ...env }, signal });
  for (const stream of [stdout, stderr]) stream.end();
  const [out, err] = await printed;
  const outcome = { code, stdout: out, stderr: err };
  expectClean(outcome);
  return outcome;
}

/** Starts the command as a process, for what only a process has: signals, pipes, a terminal, its imports. */
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

/** Runs the command as a process to its end. */
export const runProcess = (args: string[], options = {}): Promise<Outcome> => start(args, options).end;

/** A directory that does not exist yet. */
export async function newDirectory(): Promise<string> {
  return join(await emptyDirectory(), 'out');
}

export const exportArgs = (service: { url: string }, directory: string, ...more: string[]): string[] => [
  ...['export', '--currency', 'USD', '--period', 'last', '--out', directory],
  ...['--base-url', `${service.url}/v1.0`, ...more],
];

/** Arguments of Node.js: a module that is loaded first, and sees what the command imports. */
export const preload = (resolve: string): string[] => [
  '--import',
  `data:text/javascript,${encodeURIComponent(`
    import { registerHooks } from 'node:module';
    registerHooks({ resolve(name, context, next) { ${resolve}; return next(name, context); } });
  `)}`,
];

/** Arguments of Node.js without a package. */
export const without = (name: string) =>
  preload(`if (name === '${name}') throw Object.assign(new Error('gone'), { code: 'ERR_MODULE_NOT_FOUND' })`);
