import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
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

/** Starts the command as a process. Neither a secret nor a stack trace may be in what it prints. */
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
      expect(outcome.stdout + outcome.stderr).not.toMatch(/sig=|\n +at /);
      expect(leaksIn(outcome.stdout + outcome.stderr)).toEqual([]);
      resolve({ ...outcome, code });
    });
  });
  return { child, end };
}

/** Runs the command to its end. */
export const run = (args: string[], options = {}): Promise<Outcome> => start(args, options).end;

/** A directory that does not exist yet. */
export async function newDirectory(): Promise<string> {
  return join(await emptyDirectory(), 'out');
}

export const exportArgs = (service: { url: string }, directory: string, ...more: string[]): string[] => [
  ...['export', '--currency', 'USD', '--period', 'last', '--out', directory],
  ...['--base-url', `${service.url}/v1.0`, ...more],
];
