#!/usr/bin/env node
import { help } from './commands/help.ts';
import { Resumable, UsageError } from './errors.ts';
import { onInterrupt } from './interrupt.ts';
import { report } from './screen/failure.ts';

type Command = (args: string[], signal: AbortSignal) => Promise<void>;

/** Imported one at a time: help and a wrong name need none of them. */
const commands: Record<string, () => Promise<{ run: Command }>> = {
  export: () => import('./commands/export.ts'),
  resume: () => import('./commands/resume.ts'),
  status: () => import('./commands/status.ts'),
  lines: () => import('./commands/lines.ts'),
  summary: () => import('./commands/summary.ts'),
};

async function main([name = '', ...args]: string[], signal: AbortSignal): Promise<void> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (name === '--help' || (command && args.includes('--help'))) {
    process.stdout.write(help(name));
  } else if (name === '--version') {
    const { version } = await import('./version.ts');
    console.log(version());
  } else if (command) {
    const { run } = await command();
    await run(args, signal);
  } else {
    throw new UsageError(`${name ? `"${name}" is no command` : 'a command is missing'}; see unbilled-usage --help.`);
  }
  // An error of stdout comes after the write that it belongs to.
  await new Promise((written) => process.stdout.write('', written));
  signal.throwIfAborted();
}

process.stderr.on('error', () => {}); // Without a reader of stderr, the work continues.

const signal = onInterrupt();
try {
  await main(process.argv.slice(2), signal);
} catch (error) {
  // What an abort breaks off fails in ways of its own.
  process.exitCode = await report(signal.aborted && !(error instanceof Resumable) ? signal.reason : error);
}
// Whatever a package may have left behind, the process ends once its output has been taken.
process.stdout.write('', () => setTimeout(() => process.exit(), 1_000).unref());
