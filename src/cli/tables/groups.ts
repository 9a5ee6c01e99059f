import type { StoredFile } from '../../node/internals.ts';
import { FormatError } from '../errors.ts';
import { type Amount, toAmount } from './amount.ts';
import { decimalType, digitsOf } from './digits.ts';
import { type Row, readRows } from './row.ts';
import { Sum } from './sum.ts';

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
  const selection = new Set([...names, 'BillingPreTaxTotal']);
  const groups = new Map<string, { cells: Row; lineItems: number; total: Sum }>();
  for await (const rows of readRows(files, selection, signal)) {
    for (const [{ BillingPreTaxTotal: amount = '', ...cells }, where] of rows) {
      if (cells.UsageDate) cells.UsageDate = cells.UsageDate.slice(0, 10);
      const key = JSON.stringify(names.map((name) => cells[name]));
      const group = groups.get(key) ?? { cells, lineItems: 0, total: new Sum() };
      groups.set(key, group);
      group.lineItems++;
      const digits = digitsOf(amount);
      if (!digits) continue;
      if (!decimalType(digits, 0)) throw new FormatError(`${where}: BillingPreTaxTotal has more than 38 digits.`);
      group.total.add(amount);
    }
  }
  return Array.from(groups.values(), ({ cells, lineItems, total }) => ({
    cells: Object.fromEntries(names.map((name) => [name, cells[name] ?? null])),
    lineItems,
    total: total.text === null ? undefined : toAmount(total.text),
  }));
}
