import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/**
 * Runs a command to its end and resolves with the time that took, in ms, and what it wrote. Where nobody reads what it
 * writes, it writes to nowhere.
 *
 * @throws when it does not end well
 */
export async function run(
  command: string,
  args: readonly string[],
  stdout: 'pipe' | 'ignore' = 'ignore',
): Promise<{ ms: number; stdout: string }> {
  const start = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', stdout, 'inherit'] });
  const [[code, signal], written] = await Promise.all([once(child, 'close'), child.stdout ? text(child.stdout) : '']);
  const ms = performance.now() - start;
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code ?? signal}.`);
  return { ms, stdout: written };
}

/** The time of a Node.js process, in ms. */
export async function nodeTime(args: readonly string[]): Promise<number> {
  return (await run(process.execPath, args)).ms;
}

/** What a script of `processes/` prints as JSON. They are JavaScript: to strip types takes memory and time. */
export async function measuredBy<Result>(script: string, ...args: string[]): Promise<Result> {
  const file = fileURLToPath(new URL(`processes/${script}`, import.meta.url));
  return JSON.parse((await run(process.execPath, [file, ...args], 'pipe')).stdout);
}
