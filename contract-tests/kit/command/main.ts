#!/usr/bin/env node
import { help } from './help.ts';
import { UsageError } from './usage-error.ts';

const [name = '', ...args] = process.argv.slice(2);

async function run(): Promise<number> {
  const wantsHelp = [name, ...args].some((arg) => arg === '--help' || arg === '-h');
  if (wantsHelp) {
    console.log(Object.hasOwn(help, name) ? help[name as keyof typeof help] : help['']);
    return 0;
  }
  switch (name) {
    case 'check':
      return (await import('./check.ts')).check(args);
    case 'mock':
      return (await import('./mock.ts')).mock(args);
    case 'list':
      return (await import('./list.ts')).list(args);
    default:
      throw new UsageError(name ? `There is no command '${name}'.` : 'Specify a command: check, mock or list.');
  }
}

try {
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  const command = Object.hasOwn(help, name) && name ? ` ${name}` : '';
  console.error(`${error.message} See partner-unbilled-usage-contract${command} --help.`);
  process.exitCode = 2;
}
