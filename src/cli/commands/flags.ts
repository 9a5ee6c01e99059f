import { formats } from '../tables/write-format.ts';
import type { Flags, Values } from './command.ts';

/** Defines a flag with a few allowed values. */
export function oneOf<const Allowed extends string>(...values: Allowed[]) {
  return {
    value: values.join('|'),
    allowed: new Intl.ListFormat('en', { type: 'disjunction' }).format(values),
    parse: (text: string) => values.find((value) => value === text),
  };
}

export const escapeFormulas = { help: 'put an apostrophe before text that a spreadsheet would run. Only for csv' };

export const connectionFlags = {
  'api-version': { ...oneOf('v1.0', 'beta'), default: 'v1.0', help: 'the version of Microsoft Graph' },
  'base-url': { value: 'URL', help: 'instead of https://graph.microsoft.com/VERSION' },
  verbose: { help: 'each request on stderr' },
} as const satisfies Flags;

/** The flags that `export` and `resume` share. */
export const transferFlags = {
  format: {
    ...oneOf(...formats),
    default: 'raw',
    help: 'raw keeps only the gzip files; csv and parquet need the package @duckdb/node-api',
  },
  concurrency: {
    value: 'N',
    allowed: 'a whole number from 1 to 64',
    parse: parseConcurrency,
    default: '4',
    help: 'blobs to download at once, 1 to 64',
  },
  timeout: {
    value: 'DURATION',
    allowed: 'a duration above 0, such as 30s, 10m, 1h or 2d',
    parse: parseDuration,
    default: '1h',
    help: 'how long to wait: 30s, 10m, 1h, 2d',
  },
  restart: { help: "remove an earlier run's files, and start again" },
  ...connectionFlags,
  quiet: { help: 'no progress, and no result without --json' },
  json: { help: 'the result as one JSON object on stdout' },
} as const satisfies Flags;

export type ConnectionValues = Values<typeof connectionFlags>;
export type TransferValues = Values<typeof transferFlags>;

function parseConcurrency(text: string): number | undefined {
  const concurrency = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  return concurrency >= 1 && concurrency <= 64 ? concurrency : undefined;
}

const units: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Returns a duration in ms, or nothing if the text is not one. */
function parseDuration(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  return Number(count) * (units[unit] ?? 0) || undefined;
}
