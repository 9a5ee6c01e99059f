/**
 * A point in time, or a day, as UTC with all its fractional digits; nothing for another text. DuckDB's TIMESTAMP would
 * drop the offset. Without one it is UTC.
 */
export function toUtc(text: string): string | undefined {
  const [, date, time = '00:00:00', fraction = '', offset = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? [];
  const ms = Date.parse(`${date}T${time}${offset}`);
  return Number.isNaN(ms) ? undefined : `${new Date(ms).toISOString().slice(0, 19)}${fraction}Z`;
}
