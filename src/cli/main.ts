#!/usr/bin/env node
import type { Command } from './commands/command.ts';
import { helpOn, overview } from './commands/help.ts';
import { parse } from './commands/parse.ts';
import { Resumable, UsageError } from './errors.ts';
import { onInterrupt } from './interrupt.ts';
import { report } from './screen/failure.ts';

/** Imported one at a time: `--help` and a wrong name need none of them. */
const commands: Record<string, { summary: string; load: () => Promise<Command> }> = {
  export: {
    summary: 'start an export, wait for its end and download it into a directory',
    load: () => import('./commands/export.ts'),
  },
  resume: { summary: 'continue an interrupted export', load: () => import('./commands/resume.ts') },
  status: { summary: 'show how far an export is', load: () => import('./commands/status.ts') },
  lines: {
    summary: 'print the line items of a directory as JSON Lines',
    load: () => import('./commands/lines.ts'),
  },
  summary: {
    summary: 'count the line items of a directory, and add them up',
    load: () => import('./commands/summary.ts'),
  },
};

async function main([name = '', ...args]: string[], signal: AbortSignal): Promise<void> {
  const command = Object.hasOwn(commands, name) ? await commands[name]?.load() : undefined;
  if (name === '--help') {
    process.stdout.write(overview(Object.entries(commands).map(([each, { summary }]) => [each, summary])));
  } else if (name === '--version') {
    const { version } = await import('./version.ts');
    console.log(version());
  } else if (command && args.includes('--help')) {
    process.stdout.write(helpOn(name, command));
  } else if (command) {
    const { values, given } = parse(args, command);
    await command.run(values, given, signal);
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
