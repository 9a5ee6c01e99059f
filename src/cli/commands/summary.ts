import type { Context } from '../context.ts';
import { alignAmounts, bars } from '../screen/amounts.ts';
import { printCsv } from '../screen/csv.ts';
import { print, printJson } from '../screen/print.ts';
import { table } from '../screen/table.ts';
import { toDecimal } from '../tables/amount.ts';
import { type Group, summarize } from '../tables/groups.ts';
import { byCurrency, totalsOf } from '../tables/partition.ts';
import { rank } from '../tables/rank.ts';
import { columnsOf, type GroupValues, groupFlags, labelsOf, totalRow } from './groupings.ts';
import { readFiles } from './stored.ts';

export const about =
  'Counts the line items and adds up their BillingPreTaxTotal. Totals are exact, and per currency. Days are sorted by date, other rows by total, the largest first. Needs the package @duckdb/node-api.';

export const operands = ['DIR'];

export const flags = groupFlags;

export async function run(values: GroupValues, { stdout, signal }: Context, directory: string): Promise<void> {
  const { by, exact, format, json } = values;
  const columns = columnsOf(by);
  const found = await readFiles(directory, (files) => summarize(files, columns, signal));
  const groups = rank(found, ['BillingCurrency', ...columns], ({ total }) => total ?? 0n);
  const totals = totalsOf(groups);
  if (format === 'csv') {
    return printCsv([...columns, 'BillingCurrency', 'lineItems', 'BillingPreTaxTotal'], groups.map(fieldsOf), stdout);
  }
  if (format === 'json' || json) {
    const lineItems = totals.reduce((sum, total) => sum + total.lineItems, 0);
    return printJson({ by, lineItems, groups: groups.map(fieldsOf), totals: totals.map(fieldsOf) }, stdout);
  }
  const rows = by.length > 0 ? [...groups, ...totals.map((total) => totalRow(by, total))] : groups;
  const lines = table(
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
        ? [{ heading: '', isBar: true, cells: [...barsOf(groups), ...totals.map(() => '')] }]
        : []),
      { heading: 'line items', isNumber: true, cells: rows.map(({ lineItems }) => lineItems.toLocaleString('en')) },
      ...labelsOf(by, rows),
    ],
    stdout.columns,
  );
  for (const line of lines) print(line, stdout);
}

function fieldsOf({ cells, lineItems, total }: Group): Record<string, string | number | null> {
  return { ...cells, lineItems, BillingPreTaxTotal: total === undefined ? null : toDecimal(total) };
}

/** Returns a bar for each group, beside the largest one of its currency. */
function barsOf(groups: readonly Group[]): string[] {
  return byCurrency(groups).flatMap((part) => bars(part.map(({ total }) => total ?? 0n)));
}
