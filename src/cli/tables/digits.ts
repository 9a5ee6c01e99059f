/** The digits of DuckDB's widest decimal. */
const WIDTH = 38;

/** The number of digits before and after the decimal point. */
export interface Digits {
  whole: number;
  places: number;
}

/**
 * Counts the digits of a number as written. Returns nothing if the text is not a number, or if it is an absurdly long
 * zero.
 */
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
 * Returns the decimal type that represents a column exactly. It has `preference` places if the column fits, or else as
 * many as it needs or has room for. Returns nothing if 38 digits are not enough, because a cast to fewer places would
 * round.
 */
export function decimalType({ whole, places }: Digits, preference: number): string | undefined {
  if (whole + places > WIDTH) return undefined;
  return `DECIMAL(${WIDTH}, ${Math.max(places, Math.min(preference, WIDTH - whole))})`;
}

/** The fractional digits of a date in UTC, and whether it is out of range for nanoseconds. */
export function precisionOf(utc: string): Digits {
  const isNear = utc >= '1678' && utc < '2262';
  return { whole: isNear ? 0 : 1, places: /\.(\d*?)0*Z$/.exec(utc)?.[1]?.length ?? 0 };
}

/** Returns the timestamp type that represents a column exactly, if there is one. */
export function timestampType({ whole, places }: Digits): string | undefined {
  if (places <= 6) return 'TIMESTAMP';
  return places <= 9 && whole === 0 ? 'TIMESTAMP_NS' : undefined;
}
