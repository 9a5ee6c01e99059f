import { join } from 'node:path';
import { type ExportDirectory, readText, type StoredFile, writeWhole } from '../../node/internals.ts';
import { columns, OTHER } from './columns.ts';
import { importDuckDB, literal } from './duckdb.ts';
import { textual, typed } from './exact.ts';
import { queryLineItems } from './read-line-items.ts';

/** `raw` keeps the gzip files as they are. */
export const formats = ['raw', 'jsonl', 'csv', 'parquet'] as const;

export type Format = (typeof formats)[number];

/** Fails early if a format needs a missing package. */
export async function prepare(format: Format): Promise<void> {
  if (format === 'csv' || format === 'parquet') await importDuckDB(`--format ${format} needs`);
}

/** Converts the files of a locked directory to one file. */
export async function writeFormat(
  format: Exclude<Format, 'raw'>,
  { directory }: ExportDirectory,
  name: string,
  files: readonly StoredFile[],
  signal: AbortSignal,
): Promise<void> {
  await writeWhole(join(directory, name), async (file, path) => {
    if (format === 'jsonl') {
      for await (const chunk of readText(files, signal)) await file.writeFile(chunk);
      return;
    }
    const names = [...Object.keys(columns), OTHER];
    const [purpose, advice] = [`--format ${format} needs`, '; use another --format'];
    const spill = join(directory, `export.spill.${crypto.randomUUID()}.partial`);
    await queryLineItems(files, names, { purpose, advice, directory, spill, signal }, (lineItems, needs) => {
      const cells = names.map((column) => (format === 'csv' ? textual(column) : typed(column, needs.get(column))));
      const options = format === 'csv' ? 'FORMAT csv, HEADER' : 'FORMAT parquet, COMPRESSION zstd';
      return `COPY (SELECT ${cells.join(', ')} FROM ${lineItems}) TO ${literal(path)} (${options}, USE_TMP_FILE false)`;
    });
  });
}
