import { print } from './print.ts';

type CsvRow = Readonly<Record<string, string | number | null>>;

/** Writes rows below the names of their fields. A missing value is an empty field. */
export function printCsv(fields: readonly string[], rows: readonly CsvRow[], stream: NodeJS.WritableStream): void {
  print(fields.join(','), stream);
  for (const row of rows) print(fields.map((field) => fieldOf(row[field] ?? '')).join(','), stream);
}

function fieldOf(value: string | number): string {
  return /[",\r\n]/.test(`${value}`) ? `"${`${value}`.replaceAll('"', '""')}"` : `${value}`;
}
