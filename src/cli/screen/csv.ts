import { plain } from './print.ts';

export type CsvRow = Readonly<Record<string, string | number | null>>;

/** Returns rows below the names of their fields. A missing value is an empty field. On a terminal, all text is plain. */
export function toCsv(fields: readonly string[], rows: readonly CsvRow[], isTTY = false): string {
  const textOf = (value: string | number) => (isTTY ? plain(`${value}`) : `${value}`);
  const lines = rows.map((row) => fields.map((field) => quoted(textOf(row[field] ?? ''))));
  return [fields, ...lines].map((line) => `${line.join(',')}\n`).join('');
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
