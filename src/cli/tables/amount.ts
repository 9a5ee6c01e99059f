/** A sum of money in units of 10 to the power of -38, so that adding and comparing is exact. */
export type Amount = bigint;

/** The digits after the point: as many as DuckDB's widest decimal can have. */
const PLACES = 38;

/** Returns the amount of units of 10 to the power of -`places`. */
export function toAmount(units: bigint, places: number): Amount {
  return units * 10n ** BigInt(PLACES - places);
}

/** Returns the decimal with all its digits, without trailing zeros. */
export function toDecimal(amount: Amount): string {
  return decimal(amount, PLACES).replace(/\.?0+$/, '');
}

/** Returns the decimal with two digits after the point. Rounds half a cent away from zero. */
export function round(amount: Amount): string {
  const cent = 10n ** BigInt(PLACES - 2);
  return decimal((amount + (amount < 0n ? -cent : cent) / 2n) / cent, 2);
}

function decimal(units: bigint, places: number): string {
  const digits = `${units < 0n ? -units : units}`.padStart(places + 1, '0');
  return `${units < 0n ? '-' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}
