import type { UsageLineItem } from '../index.ts';
import { columns, OTHER, spellings } from './columns.ts';
import { digitsOf } from './digits.ts';
import { FormatError } from './format-error.ts';
import { toUtc } from './utc.ts';

/** The cells of a line item by column. What has no value has no cell. */
export type Row = Record<string, string>;

/**
 * The row of a line item whose numbers are strings, with the columns that are wanted. Dates become UTC, decimals stay as they are written.
 *
 * @throws {@link FormatError} for a decimal or a date that is none
 */
export function toRow(item: UsageLineItem, wanted: ReadonlySet<string>): Row {
  const row: Row = {};
  const other: Record<string, unknown> = Object.create(null); // An attribute may have any name, `__proto__` too.
  for (const [attribute, value] of Object.entries(item)) {
    const column = (Object.hasOwn(spellings, attribute) && spellings[attribute]) || attribute;
    const kind = Object.hasOwn(columns, column) ? columns[column] : undefined;
    if (!kind) other[attribute] = value;
    else if (wanted.has(column) && value !== '' && value !== null && !(column !== attribute && row[column])) {
      row[column] = check(column, kind, typeof value === 'string' ? value : JSON.stringify(value));
    }
  }
  if (wanted.has(OTHER) && Object.keys(other).length) row[OTHER] = JSON.stringify(other);
  return row;
}

function check(column: string, kind: string, text: string): string {
  if (kind === 'text') return text;
  if (kind === 'decimal' && digitsOf(text)) return text;
  const utc = kind === 'date' ? toUtc(text) : undefined;
  if (utc) return utc;
  throw new FormatError(`${column} is ${JSON.stringify(text.slice(0, 80))}, which is no ${kind}`);
}
