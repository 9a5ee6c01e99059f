/** Returns a number with its noun, such as "1 blob" or "1,501 line items". */
export function count(n: number, noun: string): string {
  return `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`;
}
