import { parseArgs } from 'node:util';
import { UsageError } from '../errors.ts';
import type { Command, Flag, Flags } from './command.ts';
import { didYouMean } from './did-you-mean.ts';

/** Returns the values of the flags, and the argument for the operand. @throws A {@link UsageError} */
export function parse(args: string[], { flags, operand }: Command, name: string): { values: object; argument: string } {
  const { values, positionals } = parseStrictly(args, flags, name);
  const [argument = '', extra] = operand ? positionals : ['', ...positionals];
  const problem = positionals.length === 0 ? 'missing' : 'empty';
  if (operand && !argument) throw new UsageError(`${operand.replace('|', ' or ')} is ${problem}.`);
  if (extra !== undefined) throw new UsageError(`Unexpected argument "${extra}".`);
  const parsed = Object.entries(flags).map(([name, flag]) => [name, readFlag(name, flag, values[name])]);
  return { values: Object.fromEntries(parsed), argument };
}

function parseStrictly(args: string[], flags: Flags, command: string) {
  const types = Object.entries(flags).map(
    ([name, { value }]) => [name, { type: value ? 'string' : 'boolean' }] as const,
  );
  try {
    return parseArgs({ args, options: Object.fromEntries(types), allowPositionals: true });
  } catch (error) {
    // Node.js adds advice after the first sentence, and calls a flag in the place of a value ambiguous.
    const [problem = ''] = (error as Error).message.split(/\.\s|\n|\.$/);
    const [, unknown] = /^Unknown option '(.*)'$/.exec(problem) ?? [];
    if (unknown) {
      const options = Object.keys(flags).map((name) => `--${name}`);
      throw new UsageError(`${problem}. ${didYouMean(unknown, options, `unbilled-usage ${command}`)}`);
    }
    throw new UsageError(`${problem.replace(/( <value>)?' argument (missing|is ambiguous)$/, "' needs a value")}.`);
  }
}

function readFlag(name: string, flag: Flag, text: unknown = flag.default): unknown {
  if (text === undefined && flag.required) throw new UsageError(`--${name} is missing.`);
  if (text === '') throw new UsageError(`--${name} is empty.`);
  if (typeof text !== 'string' || !flag.parse) return text;
  const value = flag.parse(text);
  if (value === undefined) throw new UsageError(`--${name} must be ${flag.allowed}, not "${text}".`);
  return value;
}
