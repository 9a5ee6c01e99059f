import type { Context } from '../context.ts';
import { alignAmounts, bars } from '../screen/amounts.ts';
import { toDecimal } from '../tables/amount.ts';
import { columnsOf, type Group, summarize } from '../tables/groups.ts';
import { byCurrency, totalsOf } from '../tables/partition.ts';
import { rank } from '../tables/rank.ts';
import { formatOf, type GroupValues, groupFlags, labelsOf, printTable, totalRow, write } from './groupings.ts';
import { readFiles } from './stored.ts';

export const about =
  'Counts the line items and adds up their BillingPreTaxTotal. Totals are exact, and per currency. Days are sorted by date, other rows by total, the largest first. Needs the package @duckdb/node-api.';

export const operands = ['DIR'];

export const flags = groupFlags;

export async function run(values: GroupValues, context: Context, directory: string): Promise<void> {
  const { by, exact } = values;
  const { stdout, signal } = context;
  const format = await formatOf(values, [directory]);
  const found = await readFiles(directory, (files) => summarize(files, by, signal));
  const groups = rank(found, by, ({ total }) => total ?? 0n);
  const totals = totalsOf(groups);
  if (format) {
    const fields = [...columnsOf(by), 'BillingCurrency', 'lineItems', 'BillingPreTaxTotal'];
    const lineItems = totals.reduce((sum, total) => sum + total.lineItems, 0);
    const rows = groups.map(fieldsOf);
    const json = { by, lineItems, groups: rows, totals: totals.map(fieldsOf) };
    return write(format, { fields, rows, json }, values, context);
  }
  const rows = by.length > 0 ? [...groups, ...totals.map((total) => totalRow(by, total))] : groups;
  printTable(
    [
      {
        heading: 'pre-tax total',
        isNumber: true,
        cells: alignAmounts(
          rows.map(({ total }) => total),
          exact,
        ),
      },
      ...(stdout.isTTY && by.length > 0
        ? [{ heading: '', omit: 1 as const, cells: [...barsOf(groups), ...totals.map(() => '')] }]
        : []),
      {
        heading: 'line items',
        isNumber: true,
        omit: 3,
        cells: rows.map(({ lineItems }) => lineItems.toLocaleString('en')),
      },
      ...labelsOf(by, rows),
    ],
    context,
  );
}

function fieldsOf({ cells, lineItems, total }: Group): Record<string, string | number | null> {
  return { ...cells, lineItems, BillingPreTaxTotal: total === undefined ? null : toDecimal(total) };
}

/** Returns a bar for each group, beside the largest one of its currency. */
function barsOf(groups: readonly Group[]): string[] {
  return byCurrency(groups).flatMap((part) => bars(part.map(({ total }) => total ?? 0n)));
}
