import { realpath, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DirectoryError } from '../../node/index.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { count } from '../screen/count.ts';
import { type CsvRow, toCsv } from '../screen/csv.ts';
import { print, toJson } from '../screen/print.ts';
import { type Column, table } from '../screen/table.ts';
import { columnsOf, type Group, type Grouping, groupings } from '../tables/groups.ts';
import { BOM } from '../tables/spreadsheet.ts';
import type { Flags, Values } from './command.ts';
import { escapeFormulas, oneOf } from './flags.ts';

/** The flags of the commands that print groups. */
export const groupFlags = {
  by: {
    ...oneOf(...(Object.keys(groupings) as Grouping[])),
    isRepeatable: true,
    help: 'one row for each; may be repeated',
  },
  exact: { help: 'every digit, instead of two after the point' },
  format: { ...oneOf('csv', 'json'), help: 'for programs, with every digit' },
  json: { help: 'short for --format json' },
  out: { value: 'FILE', help: 'a file for --format csv or json, instead of stdout' },
  'escape-formulas': escapeFormulas,
} as const satisfies Flags;

export type GroupValues = Values<typeof groupFlags>;

/**
 * Returns the format for programs, if one was asked for. `directories` are those of the exports.
 *
 * @throws A {@link UsageError}
 */
export async function formatOf(
  values: GroupValues,
  directories: readonly string[],
): Promise<'csv' | 'json' | undefined> {
  const { format, json, out, 'escape-formulas': escapesFormulas } = values;
  if (json && format === 'csv') throw new UsageError('--json and --format csv exclude each other.');
  if (out !== undefined && !format && !json) throw new UsageError('--out needs --format csv or json.');
  if (escapesFormulas && format !== 'csv') throw new UsageError('--escape-formulas needs --format csv.');
  if (out !== undefined) await checkOut(out, directories);
  return json ? 'json' : format;
}

/** @throws A {@link UsageError} if the folder of `--out` does not exist, or is the directory of an export */
async function checkOut(out: string, directories: readonly string[]): Promise<void> {
  const folder = dirname(out);
  const parent = await realpath(out)
    .then(dirname, () => realpath(folder))
    .catch(() => {
      throw new UsageError(`--out: there is no directory ${folder}.`);
    });
  for (const directory of directories) {
    if (parent !== (await realpath(directory).catch(() => undefined))) continue;
    throw new UsageError(`--out ${out} must not be in ${directory}, the directory of an export.`);
  }
}

interface Output {
  /** The names of the fields, in order. */
  fields: string[];
  rows: CsvRow[];
  json: unknown;
}

/** Writes what programs read to stdout or to a file. */
export async function write(
  format: 'csv' | 'json',
  { fields, rows, json }: Output,
  { by, out, 'escape-formulas': escapesFormulas }: GroupValues,
  { stdout }: Context,
): Promise<void> {
  const csv = () =>
    toCsv(fields, rows, { escaped: escapesFormulas ? columnsOf(by) : [], isTTY: out === undefined && stdout.isTTY });
  const text = format === 'json' ? toJson(json) : csv();
  if (out === undefined) stdout.write(text);
  else {
    await writeFile(out, format === 'csv' ? BOM + text : text).catch((error) => {
      throw new DirectoryError(out, error);
    });
    print(`${count(rows.length, 'row')} in ${out}`, stdout);
  }
}

type Row = Pick<Group, 'cells'>;

/** Returns the columns that name each row. */
export function labelsOf(by: readonly Grouping[], rows: readonly Row[]): Column[] {
  const column = (heading: string, name = '') => ({ heading, cells: rows.map(({ cells }) => cells[name] ?? '') });
  const names = by.map((grouping) => column(grouping, columnsOf([grouping]).at(-1)));
  const ids = by.flatMap((grouping) =>
    columnsOf([grouping])
      .slice(0, -1)
      .map((id) => ({ ...column(`${grouping} ID`, id), omit: 2 as const })),
  );
  return [column('currency', 'BillingCurrency'), ...names, ...ids];
}

/** Prints a table, and what is missing from it on a narrow terminal. */
export function printTable(columns: readonly Column[], { stdout, stderr }: Context): void {
  const { lines, missing } = table(columns, stdout.columns);
  for (const line of lines) print(line, stdout);
  if (missing.length === 0) return;
  print(`Too narrow for ${missing.join(', ')}: widen the terminal, or use --format csv --out FILE.`, stderr);
}

/** Returns a row of totals with "total" as its first name. */
export function totalRow<R extends Row>([grouping]: readonly Grouping[], row: R): R {
  return grouping ? { ...row, cells: { ...row.cells, [columnsOf([grouping]).at(-1) ?? '']: 'total' } } : row;
}
