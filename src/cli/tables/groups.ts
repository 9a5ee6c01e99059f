import { dirname } from 'node:path';
import type { StoredFile } from '../../node/internals.ts';
import { textual, typed } from './exact.ts';
import { queryLineItems } from './read-line-items.ts';

/** The line items with the same currency and keys. */
export interface Group {
  /** By column. A missing value is `null`. */
  cells: Record<string, string | null>;
  lineItems: number;
  /** Without trailing zeros, or `null` if no line item has an amount. */
  total: string | null;
}

/**
 * Adds up the line items by currency and by the columns `keys`. The largest total comes first.
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
  const reading = { purpose: 'summary needs', directory: dirname(files[0]?.path ?? '.'), signal };
  const rows = await queryLineItems(files, [...names, 'BillingPreTaxTotal'], reading, (lineItems, needs) => {
    const exact = [...names.map(textual), typed('BillingPreTaxTotal', needs.get('BillingPreTaxTotal'))];
    return `SELECT ${cells}, count(*) AS lineItems, sum(BillingPreTaxTotal) AS total
      FROM (SELECT ${exact.join(', ')} FROM ${lineItems})
      GROUP BY ALL ORDER BY total DESC NULLS LAST, ${names.map((name) => `${name} NULLS FIRST`).join(', ')}`;
  });
  return rows.map(({ lineItems, total, ...rest }) => ({
    cells: rest as Group['cells'],
    lineItems: Number(lineItems),
    total: total === null ? null : `${total}`.replace(/\.0+$|(\.\d+?)0+$/, '$1'),
  }));
}
