import type { Command } from './commands/command.ts';
import { helpOn, overview } from './commands/help.ts';
import { parse } from './commands/parse.ts';
import type { Context } from './context.ts';
import { Resumable, UsageError } from './errors.ts';
import { report } from './screen/failure.ts';

/** Each command is imported on demand, since `--help` and a wrong name need none of them. */
const commands: Record<string, [summary: string, load: () => Promise<Command>]> = {
  export: ['start an export, wait for it and download it to a directory', () => import('./commands/export.ts')],
  resume: ['continue an interrupted export', () => import('./commands/resume.ts')],
  status: ['show how far an export is', () => import('./commands/status.ts')],
  lines: ['print the line items of a directory as JSON Lines', () => import('./commands/lines.ts')],
  summary: ['count the line items of a directory, and add them up', () => import('./commands/summary.ts')],
};

/** Runs the command, and reports errors on stderr. Resolves with the exit code. */
export async function run(args: string[], context: Context): Promise<number> {
  const { stderr, signal } = context;
  try {
    await dispatch(args, context);
    return 0;
  } catch (error) {
    // After an abort, unfinished work fails with errors of its own.
    return report(signal.aborted && !(error instanceof Resumable) ? signal.reason : error, stderr);
  }
}

async function dispatch([name = '', ...args]: string[], context: Context): Promise<void> {
  const { stdout, signal } = context;
  const command = Object.hasOwn(commands, name) ? await commands[name]?.[1]() : undefined;
  if (name === '--help') {
    stdout.write(overview(Object.entries(commands).map(([each, [summary]]) => [each, summary])));
  } else if (name === '--version') {
    const { version } = await import('./version.ts');
    stdout.write(`${version()}\n`);
  } else if (command && args.includes('--help')) {
    stdout.write(helpOn(name, command));
  } else if (command) {
    const { values, argument } = parse(args, command);
    await command.run(values, argument, context);
  } else {
    throw new UsageError(`${name ? `"${name}" is not a command` : 'a command is missing'}; see unbilled-usage --help.`);
  }
  // stdout reports an error only after the write that caused it.
  await new Promise((written) => stdout.write('', written));
  signal.throwIfAborted();
}
