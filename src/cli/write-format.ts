import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { flush } from '../node/flush.ts';
import { DirectoryError } from '../node/index.ts';
import { columns, OTHER } from './columns.ts';
import { type Digits, decimalType } from './digits.ts';
import { identifier, importDuckDB, literal, rowsIn, withDuckDB } from './duckdb.ts';
import { FormatError } from './format-error.ts';
import { writeRows } from './rows-file.ts';
import { type StoredBlob, storedBlobs, storedText } from './stored-export.ts';
import type { Format } from './transfer-options.ts';

/** Prices with 22 digits behind the point are known; so the type is the same for all exports but odd ones. */
const PLACES = 22;

/** Fails early where a format needs a package that is not there. */
export async function prepare(format: Format): Promise<void> {
  if (format === 'csv' || format === 'parquet') await importDuckDB(`--format ${format} needs`);
}

/** Makes `export.FORMAT` in a directory of a complete export; it has that name only when it is whole. */
export async function writeFormat(format: Format, directory: string, signal: AbortSignal): Promise<string | undefined> {
  if (format === 'raw') return undefined;
  const blobs = await storedBlobs(directory);
  const name = `export.${format}`;
  const partial = join(directory, `${name}.partial`);
  await rm(partial, { force: true });
  try {
    await (format === 'jsonl'
      ? writeLines(partial, blobs, signal)
      : writeTable(format, partial, join(directory, 'export.rows.partial'), blobs, signal));
    await rename(partial, join(directory, name));
    return name;
  } catch (error) {
    await rm(partial, { force: true });
    throw (error as NodeJS.ErrnoException).syscall ? new DirectoryError(partial, error) : error;
  }
}

async function writeLines(path: string, blobs: readonly StoredBlob[], signal: AbortSignal): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of storedText(blobs, signal)) await file.writeFile(chunk);
    await flush(file);
  } finally {
    await file.close();
  }
}

async function writeTable(
  format: 'csv' | 'parquet',
  path: string,
  rows: string,
  blobs: readonly StoredBlob[],
  signal: AbortSignal,
): Promise<void> {
  const names = [...Object.keys(columns), OTHER];
  await rm(rows, { force: true });
  try {
    const digits = await writeRows(rows, blobs, names, signal);
    const cells = format === 'csv' ? names.map(identifier) : names.map((name) => typed(name, digits));
    const options = format === 'csv' ? `FORMAT csv, HEADER` : 'FORMAT parquet, COMPRESSION zstd';
    await (await open(path, 'wx', 0o600)).close(); // DuckDB would let everybody read it.
    const copy = `COPY (SELECT ${cells.join(', ')} FROM ${rowsIn(rows, names)}) TO ${literal(path)} (${options}, USE_TMP_FILE false)`;
    await withDuckDB(await importDuckDB(`--format ${format} needs`), signal, (query) => query(copy));
  } finally {
    await rm(rows, { force: true });
  }
}

/** A column with its type, for SELECT. */
function typed(name: string, digits: Map<string, Digits>): string {
  const column = identifier(name);
  const kind = columns[name];
  if (kind === 'date') return `CAST(${column} AS TIMESTAMP) AS ${column}`;
  if (kind !== 'decimal') return column;
  const needed = digits.get(name) ?? { whole: 0, places: 0 };
  const type = decimalType(needed, PLACES);
  if (type) return `CAST(${column} AS ${type}) AS ${column}`;
  throw new FormatError(
    `${name} needs ${needed.whole} digits before the point and ${needed.places} behind it, more than the 38 of a decimal; use another --format.`,
  );
}
