import type { Context } from '../context.ts';
import { alignAmounts } from '../screen/amounts.ts';
import { count } from '../screen/count.ts';
import { print } from '../screen/print.ts';
import { type Amount, toDecimal } from '../tables/amount.ts';
import { type Change, compare } from '../tables/changes.ts';
import { columnsOf, keyOf, summarize } from '../tables/groups.ts';
import { totalsOf } from '../tables/partition.ts';
import { rank } from '../tables/rank.ts';
import { formatOf, type GroupValues, groupFlags, labelsOf, printTable, totalRow, write } from './groupings.ts';
import { readFiles } from './stored.ts';

export const about =
  'Shows which customers, or other groups, are new or gone since an earlier export, and whose total of BillingPreTaxTotal rose or fell, the largest difference first. Totals are exact, and per currency. Needs the package @duckdb/node-api.';

export const operands = ['OLD', 'NEW'];

export const flags = { ...groupFlags, by: { ...groupFlags.by, default: 'customer' } } as const;

export async function run(values: GroupValues, context: Context, old: string, current: string): Promise<void> {
  const { by, exact } = values;
  const { stdout, signal } = context;
  const format = await formatOf(values, [old, current]);
  const read = (directory: string) => readFiles(directory, (files) => summarize(files, by, signal));
  const before = await read(old);
  const after = await read(current);
  const groups = compare(before, after, (group) => keyOf(by, group));
  const changed = groups.filter(({ kind }) => kind !== 'same');
  const changes = rank(changed, by, ({ difference: d }) => (d < 0n ? -d : d));
  const unchanged = groups.length - changes.length;
  const totals = compare(totalsOf(before), totalsOf(after), (total) => keyOf([], total));
  if (format) {
    const amounts = ['oldLineItems', 'oldTotal', 'newLineItems', 'newTotal', 'difference'];
    const fields = ['change', ...columnsOf(by), 'BillingCurrency', ...amounts];
    const rows = changes.map(fieldsOf);
    const json = { by, changes: rows, unchanged, totals: totals.map(fieldsOf) };
    return write(format, { fields, rows, json }, values, context);
  }
  const rows = [...changes, ...totals.map((total) => totalRow(by, total))];
  const amounts = (amountOf: (row: Change) => Amount | undefined) => alignAmounts(rows.map(amountOf), exact);
  const differences = amounts(({ difference }) => difference);
  printTable(
    [
      { heading: 'change', cells: [...changes.map(({ kind }) => kind), ...totals.map(() => '')] },
      { heading: 'old total', isNumber: true, omit: 3, cells: amounts(({ before }) => before?.total) },
      { heading: 'new total', isNumber: true, omit: 3, cells: amounts(({ after }) => after?.total) },
      {
        heading: 'difference',
        isNumber: true,
        cells: differences.map((text, i) => ((rows[i]?.difference ?? 0n) > 0n ? `+${text}` : text)),
      },
      ...labelsOf(by, rows),
    ],
    context,
  );
  const [noun = ''] = by.length === 1 ? by : ['group'];
  if (unchanged > 0) print(`${count(unchanged, noun)} unchanged`, stdout);
}

function fieldsOf({ kind, cells, before, after, difference }: Change): Record<string, string | number | null> {
  const decimal = (amount: Amount | undefined) => (amount === undefined ? null : toDecimal(amount));
  return {
    change: kind,
    ...cells,
    oldLineItems: before?.lineItems ?? 0,
    oldTotal: decimal(before?.total),
    newLineItems: after?.lineItems ?? 0,
    newTotal: decimal(after?.total),
    difference: toDecimal(difference),
  };
}
