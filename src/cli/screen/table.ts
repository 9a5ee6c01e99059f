import { plain } from './print.ts';

export interface Column {
  heading: string;
  /** Aligned to the right. */
  isNumber?: boolean;
  cells: readonly string[];
}

/** Returns columns below their headings. A line that is wider than `width` ends with an ellipsis. */
export function table(columns: readonly Column[], width = Number.POSITIVE_INFINITY): string[] {
  const padded = columns.map(({ heading, isNumber, cells }) => {
    const texts = [heading, ...cells].map(plain);
    const room = Math.max(...texts.map(widthOf));
    return texts.map((text) => {
      const space = ' '.repeat(room - widthOf(text));
      return isNumber ? space + text : text + space;
    });
  });
  const rows = padded[0]?.map((_, row) => padded.map((column) => column[row]).join('  ')) ?? [];
  return rows.map((row) => cut(row.trimEnd(), width));
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
