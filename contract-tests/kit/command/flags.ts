import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { UsageError } from './usage-error.ts';

/** Parses the arguments of a command. Throws a `UsageError` for unknown flags and unexpected arguments. */
export function parseFlags<T extends ParseArgsOptionsConfig>(args: readonly string[], options: T, positionals = 0) {
  try {
    const parsed = parseArgs({ args: [...args], options, allowPositionals: positionals > 0 });
    if (parsed.positionals.length > positionals)
      throw new UsageError(`Unexpected argument '${parsed.positionals.at(-1)}'.`);
    return parsed;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    // The advice after the first sentence does not apply here.
    throw new UsageError(`${(error as Error).message.split(/(?<=\.)\s/)[0]}`.replace(/\.?$/, '.'));
  }
}

/** Parses a whole number within bounds. */
export function wholeNumber(flag: string, text: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`${flag} must be a whole number from ${least} to ${most}, not '${text}'.`);
}

const unitsMs: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
/** Longer timers fire immediately. */
const LONGEST_MS = 2 ** 31 - 1;

/** Parses a duration such as `90s`, `10m` or `1h`. Returns ms. */
export function duration(flag: string, text: string): number {
  const [, count, unit = ''] = /^(\d{1,9})(ms|s|m|h)$/.exec(text) ?? [];
  const ms = Number(count) * (unitsMs[unit] ?? Number.NaN);
  if (ms > 0 && ms <= LONGEST_MS) return ms;
  throw new UsageError(`${flag} must be a duration such as 90s, 10m or 1h, and at most 24 days, not '${text}'.`);
}

/** Parses a value that must be one of a list. */
export function oneOf<T extends string>(flag: string, text: string, values: readonly T[]): T {
  const value = values.find((each) => each === text);
  if (value !== undefined) return value;
  throw new UsageError(`${flag} must be ${values.join(' or ')}, not '${text}'.`);
}
