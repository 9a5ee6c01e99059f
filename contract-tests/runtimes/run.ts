import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Runs a command and returns its output. Throws an error with its output if it fails. Kills it after the timeout. */
export async function run(command: string, args: string[], cwd: string, timeoutMs = 30_000): Promise<string> {
  const options = { cwd, timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 1e8 } as const;
  const { stdout } = await execute(command, args, options).catch(({ killed, stdout, stderr, message }) => {
    throw new Error(killed ? `took more than ${timeoutMs} ms: ${message}` : `${stdout}${stderr}` || message);
  });
  return stdout.trim();
}
