import { dirname } from 'node:path';
import type { StoredFile } from '../../node/internals.ts';
import { type Amount, toAmount } from './amount.ts';
import { textual, typed } from './exact.ts';
import { queryLineItems } from './read-line-items.ts';

/** The line items with the same currency and keys. */
export interface Group {
  /** By column. A missing value is `null`. */
  cells: Readonly<Record<string, string | null>>;
  lineItems: number;
  /** Missing if no line item has an amount. */
  total: Amount | undefined;
}

/**
 * Adds up the line items by currency and by the columns `keys`.
 *
 * @throws A {@link FormatError} if a total or a line item cannot be represented exactly
 */
export async function summarize(
  files: readonly StoredFile[],
  keys: readonly string[],
  signal: AbortSignal,
): Promise<Group[]> {
  const names = ['BillingCurrency', ...keys];
  const cells = names.map((name) => (name === 'UsageDate' ? `left(UsageDate, 10) AS UsageDate` : name)).join(', ');
  const reading = { purpose: 'Adding up needs', directory: dirname(files[0]?.path ?? '.'), signal };
  const rows = await queryLineItems(files, [...names, 'BillingPreTaxTotal'], reading, (lineItems, needs) => {
    const exact = [...names.map(textual), typed('BillingPreTaxTotal', needs.get('BillingPreTaxTotal'))];
    return `SELECT ${cells}, count(*) AS lineItems, sum(BillingPreTaxTotal) AS total
      FROM (SELECT ${exact.join(', ')} FROM ${lineItems})
      GROUP BY ALL`;
  });
  return rows.map(({ lineItems, total, ...cells }) => ({
    cells: cells as Group['cells'],
    lineItems: Number(lineItems),
    total: total === null ? undefined : toAmount(`${total}`),
  }));
}
