import { parserOf, readItems, type StoredFile } from '../../node/internals.ts';
import { FormatError } from '../errors.ts';
import { columns, type Kind, OTHER, spellings } from './columns.ts';
import { digitsOf } from './digits.ts';
import { toUtc } from './utc.ts';

/** The cells of a line item by column. A missing value has no cell. */
export type Row = Record<string, string>;

/**
 * Yields the rows of all line items in batches, each with its blob and line for errors.
 *
 * @throws A {@link FormatError} if a row cannot represent a line item, and what {@link readItems} throws
 */
export async function* readRows(
  files: readonly StoredFile[],
  selection: ReadonlySet<string>,
  signal: AbortSignal,
): AsyncGenerator<[row: Row, where: string][]> {
  for (const file of files) {
    for await (const batch of readItems(file, parserOf('string'), signal)) {
      yield batch.map(([item, lineNumber]) => {
        const where = `Line ${lineNumber} of blob "${file.name}"`;
        return [toRow(item, selection, where), where];
      });
    }
  }
}

/**
 * Returns the row of a line item whose numbers are strings, with the given columns. Dates become UTC, decimals stay as
 * written. `where` names the line item in errors.
 *
 * @throws A {@link FormatError} if a column cannot represent a value
 */
export function toRow(item: Readonly<Record<string, unknown>>, selection: ReadonlySet<string>, where: string): Row {
  const row: Row = {};
  const other: Record<string, unknown> = Object.create(null); // An attribute may have any name, `__proto__` too.
  for (const [attribute, value] of Object.entries(item)) {
    const column = (Object.hasOwn(spellings, attribute) && spellings[attribute]) || attribute;
    const kind = Object.hasOwn(columns, column) ? columns[column] : undefined;
    const isRepeated = column !== attribute && hasValue(item[column]);
    if (!kind || (isRepeated && hasValue(value) && value !== item[column])) other[attribute] = value;
    else if (selection.has(column) && hasValue(value) && !isRepeated) {
      const cell = toCell(kind, toText(value, where));
      if (cell === undefined)
        throw new FormatError(`${where}: ${column} is ${show(value)}, which is not a valid ${kind}.`);
      row[column] = cell;
    }
  }
  if (selection.has(OTHER) && Object.keys(other).length) row[OTHER] = toText(other, where);
  return row;
}

function hasValue(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

/** Returns nothing if the text is not of this kind. */
function toCell(kind: Kind, text: string): string | undefined {
  if (kind === 'date') return toUtc(text);
  if (kind === 'decimal') return digitsOf(text) && text;
  return /\p{Cs}/u.test(text) ? undefined : text; // Half a character can only appear in JSON.
}

function toText(value: unknown, where: string): string {
  try {
    return typeof value === 'string' ? value : JSON.stringify(value);
  } catch {
    throw new FormatError(`${where} is nested too deeply.`);
  }
}

function show(value: unknown): string {
  return JSON.stringify(value).slice(0, 80);
}
