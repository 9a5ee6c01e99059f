import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/**
 * Runs a command and resolves with its duration, in ms, and its output. With `ignore`, the output is discarded.
 *
 * @throws if the command fails
 */
export async function run(
  command: string,
  args: readonly string[],
  stdout: 'pipe' | 'ignore' = 'ignore',
): Promise<{ ms: number; stdout: string }> {
  const start = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', stdout, 'inherit'] });
  const [[code, signal], output] = await Promise.all([once(child, 'close'), child.stdout ? text(child.stdout) : '']);
  const ms = performance.now() - start;
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code ?? signal}.`);
  return { ms, stdout: output };
}

/** Returns the duration of a Node.js process, in ms. */
export async function nodeTime(args: readonly string[]): Promise<number> {
  return (await run(process.execPath, args)).ms;
}

/**
 * Returns the JSON output of a script in `processes/`. These are JavaScript, as stripping types takes memory and time.
 */
export async function measuredBy<Result>(script: string, ...args: string[]): Promise<Result> {
  const file = fileURLToPath(new URL(`processes/${script}`, import.meta.url));
  return JSON.parse((await run(process.execPath, [file, ...args], 'pipe')).stdout);
}
