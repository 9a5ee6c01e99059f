import { FORMULA } from '../tables/spreadsheet.ts';
import { plain } from './print.ts';

export type CsvRow = Readonly<Record<string, string | number | null>>;

/**
 * Returns rows below the names of their fields. A missing value is an empty field. No spreadsheet runs a field that is
 * `escaped` as a formula. On a terminal, all text is plain.
 */
export function toCsv(
  fields: readonly string[],
  rows: readonly CsvRow[],
  { escaped = [] as readonly string[], isTTY = false as boolean | undefined } = {},
): string {
  const formula = new RegExp(FORMULA, 'g');
  const lines = rows.map((row) =>
    fields.map((field) => {
      const text = `${row[field] ?? ''}`;
      const safe = escaped.includes(field) ? text.replace(formula, "$1'$2") : text;
      return quoted(isTTY ? plain(safe) : safe);
    }),
  );
  return [fields, ...lines].map((line) => `${line.join(',')}\n`).join('');
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
