import type { Group } from './groups.ts';

/** Returns the groups of each key, in their order. */
export function partition<G>(groups: readonly G[], keyOf: (group: G) => string): Map<string, G[]> {
  const parts = new Map<string, G[]>();
  for (const group of groups) {
    const key = keyOf(group);
    const part = parts.get(key);
    if (part) part.push(group);
    else parts.set(key, [group]);
  }
  return parts;
}

/** Returns the groups of each currency, in their order. */
export function byCurrency(groups: readonly Group[]): Group[][] {
  return [...partition(groups, ({ cells }) => cells.BillingCurrency ?? '').values()];
}

/** Returns the total of each currency, in the order of the groups. */
export function totalsOf(groups: readonly Group[]): Group[] {
  return byCurrency(groups).map((part) => {
    const { BillingCurrency = null } = part[0]?.cells ?? {};
    return { cells: { BillingCurrency }, ...add(part) };
  });
}

/** Adds up groups with the same currency. */
export function add(groups: readonly Group[]): Omit<Group, 'cells'> {
  const totals = groups.flatMap(({ total }) => total ?? []);
  return {
    lineItems: groups.reduce((sum, { lineItems }) => sum + lineItems, 0),
    total: totals.length > 0 ? totals.reduce((a, b) => a + b) : undefined,
  };
}
