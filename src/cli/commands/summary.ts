import type { Context } from '../context.ts';
import { plain, print, printJson } from '../screen/print.ts';
import { table } from '../screen/table.ts';
import { summarize } from '../tables/groups.ts';
import type { Flags, Values } from './command.ts';
import { oneOf } from './flags.ts';
import { readFiles } from './stored.ts';

const groupings = {
  customer: ['CustomerId', 'CustomerName'],
  subscription: ['SubscriptionId', 'SubscriptionDescription'],
  product: ['ProductId', 'ProductName'],
  day: ['UsageDate'],
} as const;

export const about = 'Counts the line items and adds up their BillingPreTaxTotal exactly, each currency by itself.';

export const operand = 'DIR';

export const flags = {
  by: {
    ...oneOf(...(Object.keys(groupings) as (keyof typeof groupings)[])),
    help: 'one row for each, largest total first',
  },
  json: { help: 'one JSON object on stdout' },
} as const satisfies Flags;

export async function run(
  { by, json }: Values<typeof flags>,
  directory: string,
  { stdout, signal }: Context,
): Promise<void> {
  const keys = by ? groupings[by] : [];
  const groups = await readFiles(directory, (files) => summarize(files, keys, signal));
  if (json) {
    const lineItems = groups.reduce((sum, group) => sum + group.lineItems, 0);
    const rows = groups.map(({ cells, lineItems, total }) => ({
      ...Object.fromEntries([...keys, 'BillingCurrency'].map((key) => [key, cells[key] ?? null])),
      lineItems,
      BillingPreTaxTotal: total,
    }));
    return printJson({ by: by ?? null, lineItems, groups: rows }, stdout);
  }
  const headings = ['BillingPreTaxTotal', 'line items', 'BillingCurrency', ...keys];
  const rows = groups.map(({ cells, lineItems, total }) => [
    total ?? '',
    lineItems.toLocaleString('en'),
    ...['BillingCurrency', ...keys].map((key) => plain(cells[key] ?? '')),
  ]);
  for (const line of table(headings, rows, 2)) print(line, stdout);
}
