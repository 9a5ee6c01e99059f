import { writeWhole } from '../../node/internals.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { type CsvRow, toCsv } from '../screen/csv.ts';
import { toJson } from '../screen/print.ts';
import type { Column } from '../screen/table.ts';
import { columnsOf, type Group, type Grouping, groupings } from '../tables/groups.ts';
import type { Flags, Values } from './command.ts';
import { oneOf } from './flags.ts';

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
  out: { value: 'FILE', help: 'writes --format csv or json to a file' },
} as const satisfies Flags;

export type GroupValues = Values<typeof groupFlags>;

/** Returns the format for programs, if one was asked for. @throws A {@link UsageError} */
export function formatOf({ format, json, out }: GroupValues): 'csv' | 'json' | undefined {
  if (json && format === 'csv') throw new UsageError('--json and --format csv exclude each other.');
  if (out !== undefined && !format && !json) throw new UsageError('--out needs --format csv or json.');
  return json ? 'json' : format;
}

/** Tells Excel that a file is UTF-8. */
const BOM = '\ufeff';

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
  { out }: GroupValues,
  { stdout }: Context,
): Promise<void> {
  const text = format === 'json' ? toJson(json) : toCsv(fields, rows, out === undefined && stdout.isTTY);
  if (out === undefined) stdout.write(text);
  else await writeWhole(out, (file) => file.writeFile(format === 'csv' ? BOM + text : text));
}

type Row = Pick<Group, 'cells'>;

/** Returns the columns that name each row. IDs come last, because a narrow terminal cuts them off. */
export function labelsOf(by: readonly Grouping[], rows: readonly Row[]): Column[] {
  const column = (heading: string, name = '') => ({ heading, cells: rows.map(({ cells }) => cells[name] ?? '') });
  const names = by.map((grouping) => column(grouping, columnsOf([grouping]).at(-1)));
  const ids = by.flatMap((grouping) =>
    columnsOf([grouping])
      .slice(0, -1)
      .map((id) => column(`${grouping} ID`, id)),
  );
  return [column('currency', 'BillingCurrency'), ...names, ...ids];
}

/** Returns a row of totals with "total" as its first name. */
export function totalRow<R extends Row>([grouping]: readonly Grouping[], row: R): R {
  return grouping ? { ...row, cells: { ...row.cells, [columnsOf([grouping]).at(-1) ?? '']: 'total' } } : row;
}
