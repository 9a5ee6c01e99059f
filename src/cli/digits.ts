/** DuckDB's widest decimal. */
const WIDTH = 38;

/** How many digits the numbers of a column need before and behind the point. */
export interface Digits {
  whole: number;
  places: number;
}

/** The digits that a number needs, as it is written; nothing for a text that is no number. */
export function digitsOf(text: string): Digits | undefined {
  const [, whole, fraction = '', exponent = '0'] = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const shift = Number(exponent);
  const significant = (whole + fraction).replace(/^0+/, '');
  if (!significant) return { whole: 0, places: 0 };
  const trailing = /0*$/.exec(significant)?.[0].length ?? 0;
  return {
    whole: Math.max(0, significant.length - fraction.length + shift),
    places: Math.max(0, fraction.length - trailing - shift),
  };
}

export function widest(a: Digits | undefined, b: Digits): Digits {
  return a ? { whole: Math.max(a.whole, b.whole), places: Math.max(a.places, b.places) } : b;
}

/**
 * The decimal type that holds a column exactly: with the places that are wished for, or as many as it needs or has room
 * for. Nothing, when 38 digits are not enough – a cast to fewer places would round.
 */
export function decimalType({ whole, places }: Digits, wished: number): string | undefined {
  if (whole + places > WIDTH) return undefined;
  return `DECIMAL(${WIDTH}, ${Math.max(places, Math.min(wished, WIDTH - whole))})`;
}
