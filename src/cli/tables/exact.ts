import { columns } from './columns.ts';

/** The digits of DuckDB's widest decimal. */
const WIDTH = 38;

/** The preferred places. Prices have up to 22 digits after the point, so almost all exports get the same type. */
const PLACES = 22;

/** The digits before and after the point that the values of a column need. Dates out of range for nanoseconds need 1 before it. */
export interface Need {
  whole: number;
  places: number;
}

/** By the name of the column. */
export type Needs = Map<string, Need>;

/**
 * Macros for numbers and dates as written. They return NULL for what they cannot represent. A number is a mantissa and an
 * exponent; its digits end with the last one that is not 0, and its scale says how many of them are after the point.
 */
export const macros = String.raw`
CREATE MACRO is_plain(x) AS regexp_full_match(x, '-?[0-9]+(\.[0-9]+)?');
CREATE MACRO is_number(x) AS regexp_full_match(x, '-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?');
CREATE MACRO places(x) AS strlen(split_part(x, '.', 2));
CREATE MACRO mantissa(x) AS split_part(lower(x), 'e', 1);
CREATE MACRO exponent(x) AS TRY_CAST(split_part(lower(x) || 'e0', 'e', 2) AS INTEGER);
CREATE MACRO digits(x) AS rtrim(replace(mantissa(x), '.', ''), '0');
CREATE MACRO significant(x) AS ltrim(digits(x), '-0');
CREATE MACRO scale(x) AS CASE WHEN significant(x) = '' THEN 0
  ELSE strlen(digits(x)) - strlen(split_part(mantissa(x), '.', 1)) - exponent(x) END;
CREATE MACRO units(x, places) AS coalesce(
  CASE WHEN is_plain(x) AND places(x) <= places
    THEN TRY_CAST(replace(x, '.', '') || repeat('0', places - places(x)) AS HUGEINT) END,
  CASE WHEN NOT is_number(x) THEN NULL WHEN significant(x) = '' THEN 0 WHEN scale(x) <= places
    THEN TRY_CAST(digits(x) || repeat('0', least(places - scale(x), ${WIDTH + 1})) AS HUGEINT) END);
CREATE MACRO plain_utc(x) AS CASE
  WHEN regexp_full_match(x, '\d{4}-\d\d-\d\dT([01]\d|2[0-3]):\d\d:\d\dZ') THEN TRY_CAST(x AS TIMESTAMP) END;
CREATE MACRO is_date(x) AS regexp_full_match(x,
  '\d{4}-\d\d-\d\d(T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-](0\d|1[0-4]):[0-5]\d)?)?');
CREATE MACRO utc(x) AS coalesce(plain_utc(x), CASE
  WHEN is_date(x) AND year(TRY_CAST(x AS TIMESTAMPTZ)::TIMESTAMP) BETWEEN 0 AND 9999 THEN TRY_CAST(x AS TIMESTAMPTZ)::TIMESTAMP
END);
CREATE MACRO fraction(x) AS regexp_extract(x, '\.\d+');
CREATE MACRO fraction_places(x) AS greatest(0, strlen(rtrim(fraction(x), '0')) - 1);
CREATE MACRO invalid(x) AS CASE WHEN x IS NOT NULL THEN error(x) END;`;

const NONE: Need = { whole: 0, places: 0 };

/** Returns the digits after the point of the type of a decimal column. */
export function placesOf({ whole, places }: Need = NONE): number {
  return Math.max(places, Math.min(PLACES, WIDTH - whole));
}

/**
 * Returns the SQL of a decimal column as a number of units, each 1 at the last of `places` after the point. A value that
 * is not exact is an error.
 */
export function inUnits(name: string, places: number): string {
  return orError(name, `units(${name}, ${places})`);
}

/** Returns the SQL of a column with its type. A value that the type cannot represent exactly is an error. */
export function typed(name: string, need: Need = NONE): string {
  if (columns[name] === 'decimal') {
    const places = placesOf(need);
    const unit = `'${(10 ** -places).toFixed(places)}'::DECIMAL(${Math.min(places + 1, WIDTH)}, ${places})`;
    // A cast of text to a decimal would take six times as long.
    return orError(name, `TRY_CAST(units(${name}, ${places}) AS DECIMAL(${WIDTH}, 0)) * ${unit}`);
  }
  if (columns[name] !== 'date') return name;
  if (need.places <= 6)
    return orError(name, `plain_utc(${name}), CASE WHEN fraction_places(${name}) <= 6 THEN utc(${name}) END`);
  return orError(name, `CASE WHEN utc(${name}) IS NOT NULL THEN TRY_CAST(${name} AS TIMESTAMP_NS) END`);
}

/** Returns the SQL of a column as text: decimals as written, dates in UTC with all their digits. */
export function textual(name: string): string {
  if (columns[name] === 'decimal') return orError(name, `CASE WHEN is_number(${name}) THEN ${name} END`);
  if (columns[name] !== 'date') return name;
  const text = `strftime(utc(${name}), '%Y-%m-%dT%H:%M:%S') || fraction(${name}) || 'Z'`;
  return orError(name, `CASE WHEN plain_utc(${name}) IS NOT NULL THEN ${name} ELSE ${text} END`);
}

function orError(name: string, sql: string): string {
  return `coalesce(${sql}, invalid(${name})) AS ${name}`;
}

/** Returns why no type represents a column exactly, if none does. */
export function excess(name: string, need: Need): string | undefined {
  const { whole, places } = need;
  if (columns[name] === 'decimal') {
    if (whole + places <= WIDTH) return undefined;
    return `needs ${whole} digits before the point and ${places} after it, more than the ${WIDTH} of a decimal`;
  }
  if (places <= 6 || (places <= 9 && whole === 0)) return undefined;
  const limit = places > 9 ? 'more than the 9 of a timestamp' : 'which a timestamp only has from 1678 to 2261';
  return `needs ${places} fractional digits, ${limit}`;
}
