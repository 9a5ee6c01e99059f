import { parseArgs } from 'node:util';
import { UsageError } from '../errors.ts';
import type { Command, Flag, Flags } from './command.ts';
import { didYouMean } from './did-you-mean.ts';

/** Returns the values of the flags, and the arguments for the operands. @throws A {@link UsageError} */
export function parse(
  args: string[],
  { flags, operands = [] }: Command,
  name: string,
): { values: object; args: string[] } {
  const { values, positionals } = parseStrictly(args, flags, name);
  for (const [i, operand] of operands.entries()) {
    const problem = positionals[i] === undefined ? 'missing' : 'empty';
    if (!positionals[i]) throw new UsageError(`${operand.replace('|', ' or ')} is ${problem}.`);
  }
  const extra = positionals[operands.length];
  if (extra !== undefined) throw new UsageError(`Unexpected argument "${extra}".`);
  const parsed = Object.entries(flags).map(([name, flag]) => [name, readFlag(name, flag, values[name])]);
  return { values: Object.fromEntries(parsed), args: positionals };
}

function parseStrictly(args: string[], flags: Flags, command: string) {
  const types = Object.entries(flags).map(
    ([name, { value, isRepeatable = false }]) =>
      [name, { type: value ? 'string' : 'boolean', multiple: isRepeatable }] as const,
  );
  try {
    return parseArgs({ args, options: Object.fromEntries(types), allowPositionals: true });
  } catch (error) {
    // Node.js adds advice after the first sentence, and calls a flag in the place of a value ambiguous.
    const [problem = ''] = (error as Error).message.split(/\.\s|\n|\.$/);
    const [, unknown] = /^Unknown option '(.*)'$/.exec(problem) ?? [];
    if (unknown) {
      const options = Object.keys(flags).map((name) => `--${name}`);
      throw new UsageError(`${problem}. ${didYouMean(unknown, options, `See unbilled-usage ${command} --help.`)}`);
    }
    throw new UsageError(`${problem.replace(/( <value>)?' argument (missing|is ambiguous)$/, "' needs a value")}.`);
  }
}

type Given = ReturnType<typeof parseStrictly>['values'][string];

function readFlag(name: string, flag: Flag, given: Given = flag.default): unknown {
  if (!flag.isRepeatable) return readValue(name, flag, given);
  return [...new Set([given ?? []].flat().map((each) => readValue(name, flag, each)))];
}

function readValue(name: string, flag: Flag, text: Given): unknown {
  if (text === undefined && flag.required) throw new UsageError(`--${name} is missing.`);
  if (text === '') throw new UsageError(`--${name} is empty.`);
  if (typeof text !== 'string' || !flag.parse) return text;
  const value = flag.parse(text);
  const several = flag.isRepeatable ? ` Repeat --${name} for several.` : '';
  if (value === undefined) throw new UsageError(`--${name} must be ${flag.allowed}, not "${text}".${several}`);
  return value;
}
