/**
 * Returns rows below their headings. Does not pad the last column: it contains names in all scripts, whose characters
 * differ in width.
 */
export function table(headings: readonly string[], rows: readonly (readonly string[])[], numeric: number): string[] {
  const all = [headings, ...rows];
  const widths = headings.map((_, i) => Math.max(...all.map((row) => `${row[i]}`.length)));
  return all.map((row) =>
    row
      .map((cell, i) => cell[i < numeric ? 'padStart' : 'padEnd'](widths[i] as number))
      .join('  ')
      .trimEnd(),
  );
}
