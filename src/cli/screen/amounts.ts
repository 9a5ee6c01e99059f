import { round, toDecimal } from '../tables/amount.ts';

/** Returns amounts, in units, aligned at the point. Each has two digits after it, or all. A missing one stays empty. */
export function alignAmounts(amounts: readonly (bigint | undefined)[], isExact: boolean | undefined): string[] {
  const parts = amounts.map((amount) => {
    const text = amount === undefined ? '' : isExact ? toDecimal(amount) : round(amount);
    const [whole = '', fraction] = text.split('.');
    return [whole.replace(/\B(?=(\d{3})+$)/g, ','), fraction === undefined ? '' : `.${fraction}`] as const;
  });
  const longest = Math.max(0, ...parts.map(([, fraction]) => fraction.length));
  return parts.map(([whole, fraction]) => whole + fraction.padEnd(longest));
}

/** The length of the longest bar, in characters. */
const WIDTH = 10;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** Returns a bar for each amount beside the largest one. A negative amount has none. */
export function bars(amounts: readonly bigint[]): string[] {
  const largest = amounts.reduce((a, b) => (a > b ? a : b), 1n);
  return amounts.map((amount) => {
    const eighths = amount > 0n ? Number((amount * BigInt(8 * WIDTH)) / largest) : 0;
    return '█'.repeat(eighths / 8) + EIGHTHS[eighths % 8];
  });
}
