import { plain } from './print.ts';

export interface Column {
  heading: string;
  /** Aligned to the right. */
  isNumber?: boolean;
  /** When to omit the column if the table is too wide: 1 first, then 2, then 3. */
  omit?: 1 | 2 | 3;
  cells: readonly string[];
}

/**
 * Returns columns below their headings. If they are wider than `width`, omits columns, and then cuts lines off. `missing`
 * names what was omitted, other than bars, and the last column if it was cut.
 */
export function table(columns: readonly Column[], width = 0): { lines: string[]; missing: string[] } {
  // A stream that is not a terminal has no width, and a terminal may say 0.
  const fits = (rows: readonly string[]) => !width || rows.every((row) => widthOf(row) <= width);
  let shown = columns;
  let lines = rowsOf(shown);
  for (const step of [1, 2, 3]) {
    if (fits(lines)) break;
    shown = shown.filter(({ omit }) => omit !== step);
    lines = rowsOf(shown);
  }
  const isWhole = fits(lines);
  const omitted = columns.filter((column) => column.omit !== 1 && !shown.includes(column));
  const missing = [...omitted, ...(isWhole ? [] : shown.slice(-1))].map(({ heading }) => heading);
  return { lines: isWhole ? lines : lines.map((row) => cut(row, width)), missing };
}

function rowsOf(columns: readonly Column[]): string[] {
  const padded = columns.map(({ heading, isNumber, cells }) => {
    const texts = [heading, ...cells].map((text) => cut(plain(text.slice(0, 2 * WIDEST)), WIDEST));
    const room = Math.max(...texts.map(widthOf));
    return texts.map((text) => {
      const space = ' '.repeat(room - widthOf(text));
      return isNumber ? space + text : text + space;
    });
  });
  const rows = padded[0]?.map((_, row) => padded.map((column) => column[row]).join('  ')) ?? [];
  return rows.map((row) => row.trimEnd());
}

/** The width of the widest cell. A longer text would make every line as long. */
const WIDEST = 200;

const characters = new Intl.Segmenter();

/** Characters that take two columns of a terminal. The other Katakana are half as wide. */
const WIDE =
  /^(?![\uff61-\uffdc])[\p{Emoji_Presentation}\p{sc=Han}\p{sc=Hangul}\p{sc=Hiragana}\p{sc=Katakana}\u3000-\u303f\uff01-\uff60]|\ufe0f/u;

/** Characters that take none by themselves. */
const NARROW = /^[\p{Mn}\p{Cf}]/u;

function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of characters.segment(text)) width += widthOfCharacter(segment);
  return width;
}

function widthOfCharacter(segment: string): number {
  return WIDE.test(segment) ? 2 : NARROW.test(segment) ? 0 : 1;
}

function cut(text: string, width: number): string {
  let used = 0;
  /** Where the text ends that leaves room for the ellipsis. */
  let end = 0;
  for (const { segment, index } of characters.segment(text)) {
    used += widthOfCharacter(segment);
    if (used > width) return `${text.slice(0, end)}…`;
    if (used < width) end = index + segment.length;
  }
  return text;
}
