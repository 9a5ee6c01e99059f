import { UsageError } from '../errors.ts';
import { oneOf, type transferFlags } from './arguments.ts';

const formats = ['raw', 'jsonl', 'csv', 'parquet'] as const;

export type Format = (typeof formats)[number];

/** The flags that `export` and `resume` share, as given. */
export type TransferFlags = {
  [K in keyof typeof transferFlags]?: (typeof transferFlags)[K]['type'] extends 'string' ? string : boolean;
};

export interface TransferOptions {
  format: Format;
  concurrency: number;
  timeoutMs: number;
}

/** @throws {@link UsageError} */
export function transferOptions({ format, concurrency = '4', timeout = '1h' }: TransferFlags): TransferOptions {
  return {
    format: oneOf('--format', format, formats) ?? 'raw',
    concurrency: parseConcurrency(concurrency),
    timeoutMs: parseDuration(timeout),
  };
}

function parseConcurrency(given: string): number {
  const concurrency = /^\d{1,2}$/.test(given) ? Number(given) : 0;
  if (concurrency >= 1 && concurrency <= 64) return concurrency;
  throw new UsageError(`--concurrency is "${given}"; allowed is a whole number from 1 to 64.`);
}

const units: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** In ms. */
function parseDuration(given: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(given) ?? [];
  const ms = Number(count) * (units[unit] ?? 0);
  if (ms > 0) return ms;
  throw new UsageError(`--timeout is "${given}"; allowed is a duration above 0, such as 30s, 10m, 1h or 2d.`);
}
