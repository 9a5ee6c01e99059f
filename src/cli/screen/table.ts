import { plain } from './print.ts';

export interface Column {
  heading: string;
  /** Aligned to the right. */
  isNumber?: boolean;
  isBar?: boolean;
  cells: readonly string[];
}

/** Returns columns below their headings. If they are wider than `width`, omits bars, and then cuts lines off. */
export function table(columns: readonly Column[], width = Number.POSITIVE_INFINITY): string[] {
  const rows = rowsOf(columns);
  if (rows.every((row) => widthOf(row) <= width)) return rows;
  return rowsOf(columns.filter(({ isBar }) => !isBar)).map((row) => cut(row, width));
}

function rowsOf(columns: readonly Column[]): string[] {
  const padded = columns.map(({ heading, isNumber, cells }) => {
    const texts = [heading, ...cells].map(plain);
    const room = Math.max(...texts.map(widthOf));
    return texts.map((text) => {
      const space = ' '.repeat(room - widthOf(text));
      return isNumber ? space + text : text + space;
    });
  });
  const rows = padded[0]?.map((_, row) => padded.map((column) => column[row]).join('  ')) ?? [];
  return rows.map((row) => row.trimEnd());
}

const characters = new Intl.Segmenter();

/** Characters that take two columns of a terminal. */
const WIDE =
  /^[\p{Emoji_Presentation}\p{sc=Han}\p{sc=Hangul}\p{sc=Hiragana}\p{sc=Katakana}\u3000-\u303f\uff01-\uff60]|\ufe0f/u;

function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of characters.segment(text)) width += WIDE.test(segment) ? 2 : 1;
  return width;
}

function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  for (const { segment } of characters.segment(text)) {
    if (widthOf(kept + segment) >= width) break;
    kept += segment;
  }
  return `${kept}…`;
}
