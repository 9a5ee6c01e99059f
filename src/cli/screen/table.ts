/**
 * Rows below their headings. The last column is not padded: names of all scripts stand there, and not all of their
 * characters are equally wide.
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
