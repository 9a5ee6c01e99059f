import type { Command } from './commands/command.ts';
import { didYouMean } from './commands/did-you-mean.ts';
import { helpOn, overview } from './commands/help.ts';
import { parse } from './commands/parse.ts';
import type { Context } from './context.ts';
import { Advised, UsageError } from './errors.ts';
import { report } from './screen/failure.ts';

/** Each command is imported on demand, since `--help` and a wrong name need none of them. */
const commands: Record<string, [summary: string, load: () => Promise<Command>]> = {
  export: ['start an export, wait for it and download it to a directory', () => import('./commands/export.ts')],
  resume: ['continue an interrupted export', () => import('./commands/resume.ts')],
  status: ['show the progress of an export', () => import('./commands/status.ts')],
  convert: ['write the line items of a directory as JSON Lines, CSV or Parquet', () => import('./commands/convert.ts')],
  lines: ['print the line items of a directory as JSON Lines', () => import('./commands/lines.ts')],
  summary: ['count the line items of a directory, and add them up', () => import('./commands/summary.ts')],
  diff: ['show what changed between the exports of two directories', () => import('./commands/diff.ts')],
};

const HELP = new Set(['-h', '--help']);
const VERSION = new Set(['-v', '--version']);

/** Runs the command, and reports errors on stderr. Resolves with the exit code. */
export async function run(args: string[], context: Context): Promise<number> {
  const { stderr, signal } = context;
  try {
    await dispatch(args, context);
    return 0;
  } catch (error) {
    // After an abort, unfinished work fails with errors of its own.
    return report(signal.aborted && !(error instanceof Advised) ? signal.reason : error, stderr);
  }
}

async function dispatch(args: string[], context: Context): Promise<void> {
  const { stdout, stderr, signal } = context;
  const [first, ...rest] = args[0] === 'help' ? [...args.slice(1), '--help'] : args;
  const help = () => overview(Object.entries(commands).map(([name, [summary]]) => [name, summary]));
  if (first === undefined) {
    stderr.write(`${help()}\n`);
    throw new UsageError('A command is missing.');
  }
  if (HELP.has(first)) {
    stdout.write(help());
  } else if (VERSION.has(first)) {
    const { version } = await import('./version.ts');
    stdout.write(`${version()}\n`);
  } else {
    const command = Object.hasOwn(commands, first) ? await commands[first]?.[1]() : undefined;
    if (!command) {
      const hint = didYouMean(first, Object.keys(commands), 'See unbilled-usage --help.');
      throw new UsageError(`"${first}" is not a command. ${hint}`);
    }
    if (rest.some((arg) => HELP.has(arg))) {
      stdout.write(helpOn(first, command));
    } else {
      const { values, args } = parse(rest, command, first);
      await command.run(values, context, ...args);
    }
  }
  // stdout reports an error only after the write that caused it.
  await new Promise((written) => stdout.write('', written));
  signal.throwIfAborted();
}
