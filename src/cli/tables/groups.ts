import { dirname } from 'node:path';
import type { StoredFile } from '../../node/internals.ts';
import { type Amount, toAmount } from './amount.ts';
import { inUnits, placesOf, textual } from './exact.ts';
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

/** A sum of two halves of numbers with 38 digits cannot overflow. DuckDB does not notice each overflow by itself. */
const HALF = 10n ** 19n;

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
  const cells = [`${marked('BillingCurrency')} AS BillingCurrency`];
  const keys = ['BillingCurrency'];
  for (const grouping of by.map((each) => groupings[each])) {
    for (const column of grouping.keys) {
      const key = column === 'UsageDate' ? 'left(UsageDate, 10)' : column;
      cells.push(`${marked(key)} AS ${column}`);
      keys.push(key);
    }
    if (grouping.name === undefined) continue;
    cells.push(`${marked(`max(${grouping.name})`)} AS ${grouping.name}`);
    keys.push(`CASE WHEN ${grouping.keys[0]} IS NULL THEN ${grouping.name} END`);
  }
  const reading = { purpose: 'Adding up needs', directory: dirname(files[0]?.path ?? '.'), signal };
  const rows = await queryLineItems(files, [...names, 'BillingPreTaxTotal'], reading, (lineItems, needs) => {
    const places = placesOf(needs.get('BillingPreTaxTotal'));
    const exact = [...names.map(textual), inUnits('BillingPreTaxTotal', places)];
    return `SELECT ${cells.join(', ')}, count(*) AS lineItems, ${places} AS places,
        sum(BillingPreTaxTotal // ${HALF}) AS high, sum(BillingPreTaxTotal % ${HALF}) AS low
      FROM (SELECT ${exact.join(', ')} FROM ${lineItems})
      GROUP BY ${keys.join(', ')}`;
  });
  return rows.map(({ lineItems, places, high, low, ...cells }) => ({
    cells: Object.fromEntries(
      Object.entries(cells).map(([name, text]) => [name, text === null ? null : `${text}`.slice(1)]),
    ),
    lineItems: Number(lineItems),
    total: high === null ? undefined : toAmount(BigInt(`${high}`) * HALF + BigInt(`${low}`), Number(places)),
  }));
}

/** Puts a character before a text. DuckDB's client would remove a byte order mark from its start. */
function marked(sql: string): string {
  return `'.' || ${sql}`;
}
