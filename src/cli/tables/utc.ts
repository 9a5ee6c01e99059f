const DATE = /^(\d{4}-\d\d-\d\d)(?:T((?:[01]\d|2[0-3]):\d\d:\d\d)(?:(\.\d+))?(Z|[+-](?:0\d|1[0-4]):\d\d)?)?$/;

/**
 * Returns a date, with or without a time, in UTC with all its fractional digits. Returns nothing for any other text,
 * such as 30 February. DuckDB's TIMESTAMP would drop the offset. A time without an offset is UTC.
 */
export function toUtc(text: string): string | undefined {
  const [, day = '', time = '00:00:00', fraction = '', offset = 'Z'] = DATE.exec(text) ?? [];
  const midnight = Date.parse(`${day}T00:00:00Z`);
  const ms = Date.parse(`${day}T${time}${offset}`);
  // `Date` turns 30 February into 1 March, and writes years after 9999 in another form.
  if (Number.isNaN(ms) || iso(midnight) !== `${day}T00:00:00` || iso(ms).length !== 19) return undefined;
  return `${iso(ms)}${fraction}Z`;
}

/** Returns the date without milliseconds. */
function iso(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, '');
}
