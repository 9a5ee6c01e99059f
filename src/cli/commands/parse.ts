import { parseArgs } from 'node:util';
import { UsageError } from '../errors.ts';
import type { Command, Flag, Flags } from './command.ts';

/** Returns the values of the flags, and the operand. @throws {@link UsageError} */
export function parse(args: string[], { flags, operand }: Command): { values: object; given: string } {
  const { values, positionals } = parseStrictly(args, flags);
  const [given = '', extra] = operand ? positionals : ['', ...positionals];
  const problem = positionals.length === 0 ? 'missing' : 'empty';
  if (operand && !given) throw new UsageError(`${operand.replace('|', ' or ')} is ${problem}.`);
  if (extra !== undefined) throw new UsageError(`Unexpected argument "${extra}".`);
  const parsed = Object.entries(flags).map(([name, flag]) => [name, readFlag(name, flag, values[name])]);
  return { values: Object.fromEntries(parsed), given };
}

function parseStrictly(args: string[], flags: Flags) {
  const types = Object.entries(flags).map(
    ([name, { value }]) => [name, { type: value ? 'string' : 'boolean' }] as const,
  );
  try {
    return parseArgs({ args, options: Object.fromEntries(types), allowPositionals: true });
  } catch (error) {
    // Node.js adds advice in more sentences, and calls a flag in place of a value ambiguous.
    const [problem = ''] = (error as Error).message.split(/\.\s|\n|\.$/);
    throw new UsageError(`${problem.replace(/( <value>)?' argument (missing|is ambiguous)$/, "' needs a value")}.`);
  }
}

function readFlag(name: string, flag: Flag, given: unknown = flag.default): unknown {
  if (given === undefined && flag.required) throw new UsageError(`--${name} is missing.`);
  if (given === '') throw new UsageError(`--${name} is empty.`);
  if (typeof given !== 'string' || !flag.parse) return given;
  const value = flag.parse(given);
  if (value === undefined) throw new UsageError(`--${name} must be ${flag.allowed}, not "${given}".`);
  return value;
}
