import { dirname } from 'node:path';
import type { StoredFile } from '../../node/internals.ts';
import { type Amount, toAmount } from './amount.ts';
import { textual, typed } from './exact.ts';
import { queryLineItems } from './read-line-items.ts';

/** The columns that identify a group, and the one that names it. All usage of an Azure plan may have one product ID. */
export const groupings = {
  customer: { keys: ['CustomerId'], name: 'CustomerName' },
  subscription: { keys: ['SubscriptionId'], name: 'SubscriptionDescription' },
  product: { keys: ['ProductId', 'ProductName'], name: undefined },
  day: { keys: ['UsageDate'], name: undefined },
} as const;

export type Grouping = keyof typeof groupings;

/** The line items with the same currency and keys. Those without a key have the same name. */
export interface Group {
  /** By column. A missing value is `null`. If a key has several names, one of them. */
  cells: Readonly<Record<string, string | null>>;
  lineItems: number;
  /** Missing if no line item has an amount. */
  total: Amount | undefined;
}

/** Returns the columns of some groupings. The last one of each names a group. */
export function columnsOf(by: readonly Grouping[]): string[] {
  return by.flatMap((grouping) => {
    const { keys, name } = groupings[grouping];
    return name === undefined ? keys : [...keys, name];
  });
}

/** Returns the text that identifies a group. */
export function keyOf(by: readonly Grouping[], { cells }: Pick<Group, 'cells'>): string {
  const parts = by.map((grouping) => {
    const { keys, name } = groupings[grouping];
    const values = keys.map((key) => cells[key]);
    return name !== undefined && values[0] === null ? { name: cells[name] } : values;
  });
  return JSON.stringify([cells.BillingCurrency, ...parts]);
}

/**
 * Adds up the line items of each group.
 *
 * @throws A {@link FormatError} if a total or a line item cannot be represented exactly
 */
export async function summarize(
  files: readonly StoredFile[],
  by: readonly Grouping[],
  signal: AbortSignal,
): Promise<Group[]> {
  const names = ['BillingCurrency', ...columnsOf(by)];
  const cells = ['BillingCurrency'];
  const keys = ['BillingCurrency'];
  for (const grouping of by.map((each) => groupings[each])) {
    for (const column of grouping.keys) {
      const key = column === 'UsageDate' ? 'left(UsageDate, 10)' : column;
      cells.push(`${key} AS ${column}`);
      keys.push(key);
    }
    if (grouping.name === undefined) continue;
    cells.push(`max(${grouping.name}) AS ${grouping.name}`);
    keys.push(`CASE WHEN ${grouping.keys[0]} IS NULL THEN ${grouping.name} END`);
  }
  const reading = { purpose: 'Adding up needs', directory: dirname(files[0]?.path ?? '.'), signal };
  const rows = await queryLineItems(files, [...names, 'BillingPreTaxTotal'], reading, (lineItems, needs) => {
    const exact = [...names.map(textual), typed('BillingPreTaxTotal', needs.get('BillingPreTaxTotal'))];
    return `SELECT ${cells.join(', ')}, count(*) AS lineItems, sum(BillingPreTaxTotal) AS total
      FROM (SELECT ${exact.join(', ')} FROM ${lineItems})
      GROUP BY ${keys.join(', ')}`;
  });
  return rows.map(({ lineItems, total, ...cells }) => ({
    cells: cells as Group['cells'],
    lineItems: Number(lineItems),
    total: total === null ? undefined : toAmount(`${total}`),
  }));
}
