/** DuckDB's widest decimal. */
const WIDTH = 38;

/** How many digits a number needs before and behind the point. */
export interface Digits {
  whole: number;
  places: number;
}

/** The digits that a number needs, as it is written; nothing for a text that is not a number, or a zero of absurd size. */
export function digitsOf(text: string): Digits | undefined {
  const [, whole, fraction = '', exponent = '0'] = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const shift = Number(exponent);
  const significant = (whole + fraction).replace(/^0+/, '');
  if (!significant) return Math.abs(shift) > WIDTH ? undefined : { whole: 0, places: 0 };
  const trailing = significant.length - significant.replace(/0+$/, '').length;
  return {
    whole: Math.max(0, significant.length - fraction.length + shift),
    places: Math.max(0, fraction.length - trailing - shift),
  };
}

/**
 * The decimal type that holds a column exactly: with the places that are wished for, or as many as it needs or has room
 * for. Nothing, when 38 digits are not enough – a cast to fewer places would round.
 */
export function decimalType({ whole, places }: Digits, wished: number): string | undefined {
  if (whole + places > WIDTH) return undefined;
  return `DECIMAL(${WIDTH}, ${Math.max(places, Math.min(wished, WIDTH - whole))})`;
}

/** How many digits a date in UTC has behind its seconds, and whether it is too far away to count in nanoseconds. */
export function precisionOf(utc: string): Digits {
  const isNear = utc >= '1678' && utc < '2262';
  return { whole: isNear ? 0 : 1, places: /\.(\d*?)0*Z$/.exec(utc)?.[1]?.length ?? 0 };
}

/** The type of timestamp that holds a column exactly. Nothing, when none does. */
export function timestampType({ whole, places }: Digits): string | undefined {
  if (places <= 6) return 'TIMESTAMP';
  return places <= 9 && whole === 0 ? 'TIMESTAMP_NS' : undefined;
}
