import { parseExactly } from './exact.ts';
import type { Operation } from './Operation.d.ts';
import type { UsageLineItem } from './UsageLineItem.d.ts';

export { tell } from './union.ts';
export type { Operation };

export const readOperation = (json: string): Operation => JSON.parse(json);

export function amountOf(line: string): number | string | undefined {
  const item = parseExactly(line) as UsageLineItem;
  return item.BillingPreTaxTotal;
}
