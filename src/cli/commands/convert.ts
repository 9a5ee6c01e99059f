import { BlobError, LineItemError } from '../../index.ts';
import { ExportDirectory } from '../../node/internals.ts';
import type { Context } from '../context.ts';
import { Advised, UsageError } from '../errors.ts';
import { withProgress } from '../screen/progress.ts';
import { allColumns, OTHER } from '../tables/columns.ts';
import { formats, prepare, type Table } from '../tables/write-format.ts';
import type { Flags, Values } from './command.ts';
import { didYouMean } from './did-you-mean.ts';
import { complete } from './download.ts';
import { escapeFormulas, oneOf, transferFlags } from './flags.ts';
import { newExportAdvice, resumeAdvice } from './next-step.ts';
import { filesOf } from './stored.ts';

export const about =
  'Writes the line items of a complete download to one file in the directory, without the service. csv and parquet need the package @duckdb/node-api.';

export const operands = ['DIR'];

const [, ...written] = formats;

export const flags = {
  format: { ...oneOf(...written), required: true, help: 'the file: export.jsonl, export.csv or export.parquet' },
  columns: {
    value: '"NAME,…"',
    // PowerShell passes an unquoted list with spaces.
    parse: (text: string) => text.split(/[,\s]+/).filter(Boolean),
    help: `these attributes, in this order; ${OTHER} contains the unknown ones. Not for jsonl`,
  },
  'escape-formulas': escapeFormulas,
  quiet: transferFlags.quiet,
  json: transferFlags.json,
} as const satisfies Flags;

export async function run(values: Values<typeof flags>, context: Context, directory: string): Promise<void> {
  const table = tableOf(values);
  await prepare(values.format);
  await filesOf(directory); // Opening the directory would create it.
  await ExportDirectory.use(directory, false, async (folder) => {
    const files = await filesOf(directory);
    await withProgress(values, context, async (progress) => {
      const run = { folder, directory, flags: values, table, progress, context };
      await complete(folder.handle, run, files).catch((error) => {
        if (error instanceof LineItemError) throw new Advised(error, newExportAdvice(directory));
        throw error instanceof BlobError
          ? new Advised(error, resumeAdvice(directory, values, folder.handle?.location))
          : error;
      });
    });
  });
}

/** @throws A {@link UsageError} */
function tableOf({ format, columns: names, 'escape-formulas': escapesFormulas }: Values<typeof flags>): Table {
  if (names && format === 'jsonl') throw new UsageError('--columns needs --format csv or parquet.');
  if (escapesFormulas && format !== 'csv') throw new UsageError('--escape-formulas needs --format csv.');
  const unknown = names?.find((name) => !allColumns.includes(name));
  if (unknown !== undefined) {
    const known = `The columns are ${allColumns.join(', ')}.`;
    throw new UsageError(`--columns: there is no column "${unknown}". ${didYouMean(unknown, allColumns, known)}`);
  }
  return { names: [...new Set(names ?? allColumns)], escapesFormulas };
}
