import { join } from 'node:path';
import { type ExportDirectory, readItems, type StoredFile, writeWhole } from '../../node/internals.ts';
import { allColumns, columns } from './columns.ts';
import { importDuckDB, literal } from './duckdb.ts';
import { textual, typed } from './exact.ts';
import { asWritten, queryLineItems } from './read-line-items.ts';
import { BOM, FORMULA } from './spreadsheet.ts';

/** `raw` keeps the gzip files as they are. */
export const formats = ['raw', 'jsonl', 'csv', 'parquet'] as const;

export type Format = (typeof formats)[number];

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

/** Converts the files of a locked directory to one file. */
export async function writeFormat(
  format: Exclude<Format, 'raw'>,
  { directory }: ExportDirectory,
  name: string,
  files: readonly StoredFile[],
  signal: AbortSignal,
  { names, escapesFormulas }: Table = { names: allColumns },
): Promise<void> {
  await writeWhole(join(directory, name), async (file, path) => {
    if (format === 'jsonl') {
      for (const stored of files) {
        for await (const batch of readItems(stored, asWritten, signal)) {
          await file.writeFile(batch.map(([{ line }]) => `${line}\n`).join(''));
        }
      }
      return;
    }
    const [purpose, advice] = [`--format ${format} needs`, '; use another --format'];
    const spill = join(directory, `export.spill.${crypto.randomUUID()}.partial`);
    await queryLineItems(files, names, { purpose, advice, directory, spill, signal }, (lineItems, needs) => {
      const cells = names.map((name) => (format === 'csv' ? textual(name) : typed(name, needs.get(name))));
      const items = `(SELECT ${cells.join(', ')} FROM ${lineItems})`;
      const from = format === 'csv' ? `(SELECT ${names.map(csvCell).join(', ')} FROM ${items})` : items;
      const options = format === 'csv' ? 'FORMAT csv, HEADER' : 'FORMAT parquet, COMPRESSION zstd';
      return `COPY ${from} TO ${literal(path)} (${options}, USE_TMP_FILE false)`;
    });
  });

  function csvCell(name: string, i: number): string {
    const isEscaped = escapesFormulas && columns[name] !== 'decimal';
    const cell = isEscaped ? `regexp_replace(${name}, '${FORMULA}', '\\1''\\2', 'g')` : name;
    // An empty line would be no row.
    const only = names.length === 1 ? `coalesce(${cell}::VARCHAR, '')` : cell;
    return `${only} AS "${i === 0 ? BOM : ''}${name}"`;
  }
}
