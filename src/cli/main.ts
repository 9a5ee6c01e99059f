#!/usr/bin/env node
import { CommandError, OutputError } from './errors.ts';
import { run } from './run.ts';

const { stdout, stderr, env } = process;
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // A second signal ends the process at once.
  process.once(name, () => stop.abort(new CommandError('Interrupted', 130, `stopped by ${name}.`)));
}
stdout.on('error', (error) => stop.abort(new OutputError(error)));
stderr.on('error', () => {}); // Without a reader of stderr, the work continues.

process.exitCode = await run(process.argv.slice(2), { stdout, stderr, env, signal: stop.signal });
// The process ends once its output is written, even if a package left timers or sockets behind.
stdout.write('', () => setTimeout(() => process.exit(), 1_000).unref());
