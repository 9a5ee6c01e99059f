import { open, rm } from 'node:fs/promises';
import { type ExportDirectory, readText, type StoredFile, writeWhole } from '../../node/internals.ts';
import { FormatError } from '../errors.ts';
import { columns, OTHER } from './columns.ts';
import { decimalType, timestampType } from './digits.ts';
import { identifier, importDuckDB, literal, rowsIn, withDuckDB } from './duckdb.ts';
import { type Need, type Needs, writeRows } from './rows-file.ts';

/** `raw` keeps the gzip files as they are. */
export const formats = ['raw', 'jsonl', 'csv', 'parquet'] as const;

export type Format = (typeof formats)[number];

/** The preferred places. Prices have up to 22 digits after the point, so almost all exports get the same type. */
const PLACES = 22;

/** Fails early if a format needs a missing package. */
export async function prepare(format: Format): Promise<void> {
  if (format === 'csv' || format === 'parquet') await importDuckDB(`--format ${format} needs`);
}

/** What CSV and Parquet contain. */
export interface Table {
  names: readonly string[];
  /** Only for CSV. */
  escapesFormulas?: boolean | undefined;
}

const everything: Table = { names: [...Object.keys(columns), OTHER] };

/** Converts the files of a locked directory to one file. */
export async function writeFormat(
  format: Exclude<Format, 'raw'>,
  folder: ExportDirectory,
  name: string,
  files: readonly StoredFile[],
  signal: AbortSignal,
  table: Table = everything,
): Promise<void> {
  await writeWhole(folder.path(name), async (file, temporary) => {
    if (format === 'jsonl') for await (const chunk of readText(files, signal)) await file.writeFile(chunk);
    else await writeTable(format, temporary, folder.path('export.rows'), files, signal, table);
  });
}

async function writeTable(
  format: 'csv' | 'parquet',
  path: string,
  rows: string,
  files: readonly StoredFile[],
  signal: AbortSignal,
  { names, escapesFormulas }: Table,
): Promise<void> {
  const scratch = `${rows}.${crypto.randomUUID()}.partial`;
  const file = await open(scratch, 'wx', 0o600);
  try {
    const needs = await writeRows(file, files, names, format === 'csv' ? 'as written' : 'plain', signal);
    const cells = names.map((name, i) => {
      if (format === 'parquet') return typed(name, needs);
      const cell = escapesFormulas && columns[name] !== 'decimal' ? escaped(name) : identifier(name);
      return i === 0 ? `${cell} AS ${identifier(BOM + name)}` : `${cell} AS ${identifier(name)}`;
    });
    const options = format === 'csv' ? 'FORMAT csv, HEADER' : 'FORMAT parquet, COMPRESSION zstd';
    const from = rowsIn(scratch, names, needs.longest);
    const copy = `COPY (SELECT ${cells.join(', ')} FROM ${from}) TO ${literal(path)} (${options}, USE_TMP_FILE false)`;
    await withDuckDB(await importDuckDB(`--format ${format} needs`), signal, path, (query) => query(copy));
  } finally {
    await file.close();
    await rm(scratch, { force: true });
  }
}

/** Tells Excel that a CSV file is UTF-8. */
const BOM = '\ufeff';

/**
 * Returns a column of text that no spreadsheet runs as a formula.
 *
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
function escaped(name: string): string {
  const column = identifier(name);
  return `CASE WHEN regexp_matches(${column}, '^[=+@\\t\\r\\n＝＋－＠-]') THEN '''' || ${column} ELSE ${column} END`;
}

/** Returns a column with its type, for SELECT. */
function typed(name: string, needs: Needs): string {
  const column = identifier(name);
  const kind = columns[name];
  if (kind === 'text' || kind === undefined) return column;
  const need = needs.columns.get(name) ?? { whole: 0, places: 0, where: '' };
  const type = kind === 'date' ? timestampType(need) : decimalType(need, PLACES);
  if (type) return `CAST(${column} AS ${type}) AS ${column}`;
  throw new FormatError(`${name} ${tooMuch(kind, need)}; use another --format.`);
}

function tooMuch(kind: 'date' | 'decimal', { whole, places, where }: Need): string {
  if (kind === 'decimal') {
    return `needs ${whole} digits before the point and ${places} after it, more than the 38 of a decimal (${where})`;
  }
  const limit = places > 9 ? 'more than the 9 of a timestamp' : 'which a timestamp only has from 1678 to 2261';
  return `needs ${places} fractional digits, ${limit} (${where})`;
}
