import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { UsageError } from '../errors.ts';

const text = { type: 'string' } as const;
const yes = { type: 'boolean' } as const;

export const connectionFlags = { 'api-version': text, 'base-url': text } as const;

export const transferFlags = {
  ...connectionFlags,
  format: text,
  concurrency: text,
  timeout: text,
  restart: yes,
  quiet: yes,
  json: yes,
} as const;

type Parsed<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ args: string[]; options: Options; allowPositionals: true }>
>['values'];

/** The flags and the operands of a command. `operands` names what it takes. @throws {@link UsageError} */
export function parse<const Options extends ParseArgsOptionsConfig>(
  args: string[],
  options: Options,
  operands: string[] = [],
): { values: Parsed<Options>; positionals: string[] } {
  const { values, positionals } = parseStrictly(args, options);
  const missing = operands[positionals.length];
  if (missing) throw new UsageError(`${missing} is missing.`);
  const [extra] = positionals.slice(operands.length);
  if (extra !== undefined) throw new UsageError(`"${extra}" is one argument too many.`);
  for (const [i, given] of positionals.entries()) if (!given) throw new UsageError(`${operands[i]} is empty.`);
  for (const [name, given] of Object.entries(values)) {
    if (given === '') throw new UsageError(`--${name} is empty.`);
  }
  return { values, positionals };
}

function parseStrictly<const Options extends ParseArgsOptionsConfig>(args: string[], options: Options) {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    // Node adds advice in further sentences, and calls a flag in the place of a value ambiguous.
    const [problem = ''] = (error as Error).message.split(/\.\s|\n|\.$/);
    throw new UsageError(`${problem.replace(/( <value>)?' argument (missing|is ambiguous)$/, "' needs a value")}.`);
  }
}

/** A value that is one of a few. @throws {@link UsageError} */
export function oneOf<const Value extends string>(
  flag: string,
  given: string | undefined,
  allowed: readonly Value[],
): Value | undefined {
  if (given === undefined) return undefined;
  const found = allowed.find((value) => value === given);
  if (!found) throw new UsageError(`${flag} is "${given}"; allowed is ${allowed.join(', ')}.`);
  return found;
}
