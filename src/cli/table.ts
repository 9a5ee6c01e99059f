/** A text from outside as it may stand on a terminal: no control characters, no line of its own. */
export function plain(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}

/**
 * Rows below their headings. The last column is not padded: names of all scripts stand there, and not all of their
 * characters are equally wide.
 */
export function table(headings: readonly string[], rows: readonly (readonly string[])[], numeric: number): string[] {
  const all = [headings, ...rows].map((row) => row.map(plain));
  const widths = headings.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, i) => (i < numeric ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
