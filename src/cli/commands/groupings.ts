import type { Column } from '../screen/table.ts';
import type { Group } from '../tables/groups.ts';
import type { Flags, Values } from './command.ts';
import { oneOf } from './flags.ts';

/** The columns of a grouping. The first one identifies a group, the last one names it. */
const groupings = {
  customer: ['CustomerId', 'CustomerName'],
  subscription: ['SubscriptionId', 'SubscriptionDescription'],
  product: ['ProductId', 'ProductName'],
  day: ['UsageDate'],
} as const;

export type Grouping = keyof typeof groupings;

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
} as const satisfies Flags;

export type GroupValues = Values<typeof groupFlags>;

export function columnsOf(by: readonly Grouping[]): string[] {
  return by.flatMap((grouping) => groupings[grouping]);
}

/** Returns the text that identifies a group. A name may change while the ID stays, but an ID may be missing. */
export function keyOf(by: readonly Grouping[], { cells }: Group): string {
  const values = by.map((grouping) => groupings[grouping].map((column) => cells[column]).find((value) => value));
  return JSON.stringify([cells.BillingCurrency, ...values]);
}

type Row = Pick<Group, 'cells'>;

/** Returns the columns that name each row. IDs come last, because a narrow terminal cuts them off. */
export function labelsOf(by: readonly Grouping[], rows: readonly Row[]): Column[] {
  const column = (heading: string, name = '') => ({ heading, cells: rows.map(({ cells }) => cells[name] ?? '') });
  const names = by.map((grouping) => column(grouping, groupings[grouping].at(-1)));
  const ids = by.flatMap((grouping) => groupings[grouping].slice(0, -1).map((id) => column(`${grouping} ID`, id)));
  return [column('currency', 'BillingCurrency'), ...names, ...ids];
}

/** Returns a row of totals with "total" as its first name. */
export function totalRow<R extends Row>([grouping]: readonly Grouping[], row: R): R {
  return grouping ? { ...row, cells: { ...row.cells, [groupings[grouping].at(-1) as string]: 'total' } } : row;
}
