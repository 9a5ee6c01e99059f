import type { FileHandle } from 'node:fs/promises';
import type { StoredFile } from '../../node/internals.ts';
import { columns } from './columns.ts';
import { type Digits, decimalType, digitsOf, precisionOf } from './digits.ts';
import { readRows } from './row.ts';
import { Sum } from './sum.ts';

/** The digits that the values of a column need, and a line item that needs them. */
export interface Need extends Digits {
  where: string;
}

/** What the rows of a file need from DuckDB. */
export interface Needs {
  columns: Map<string, Need>;
  /** An upper bound for the longest row, in bytes. */
  longest: number;
}

/**
 * Writes the rows of all files as JSON Lines. Every value is a string, because DuckDB reads JSON numbers as doubles,
 * even for a DECIMAL or VARCHAR column. `plain` removes exponents, because some casts of DuckDB fail on them.
 *
 * @throws A {@link FormatError} if a row cannot represent a line item
 */
export async function writeRows(
  rows: FileHandle,
  files: readonly StoredFile[],
  names: readonly string[],
  decimals: 'plain' | 'as written',
  signal: AbortSignal,
): Promise<Needs> {
  const needs: Needs = { columns: new Map(), longest: 0 };
  const selection = new Set(names);
  const measured = names.filter((name) => columns[name] === 'decimal' || columns[name] === 'date');
  for await (const batch of readRows(files, selection, signal)) {
    let text = '';
    for (const [row, where] of batch) {
      for (const name of measured) {
        const value = row[name];
        if (value === undefined) continue;
        measure(needs.columns, name, value, where);
        if (decimals === 'plain' && columns[name] === 'decimal') row[name] = plain(value);
      }
      const line = `${JSON.stringify(row)}\n`;
      needs.longest = Math.max(needs.longest, 3 * line.length);
      text += line;
    }
    await rows.writeFile(text);
  }
  return needs;
}

function measure(needs: Map<string, Need>, name: string, value: string, where: string): void {
  // A row contains only valid values.
  const { whole, places } = (columns[name] === 'date' ? precisionOf(value) : digitsOf(value)) as Digits;
  const previous = needs.get(name);
  if (previous && whole <= previous.whole && places <= previous.places) return;
  needs.set(name, {
    whole: Math.max(whole, previous?.whole ?? 0),
    places: Math.max(places, previous?.places ?? 0),
    where,
  });
}

function plain(decimal: string): string {
  if (!/e/i.test(decimal) || !decimalType(digitsOf(decimal) as Digits, 0)) return decimal;
  const sum = new Sum();
  sum.add(decimal);
  return `${sum.text}`;
}
