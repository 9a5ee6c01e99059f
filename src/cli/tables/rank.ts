import type { Amount } from './amount.ts';
import type { Group } from './groups.ts';

type Ranked = Pick<Group, 'cells'>;

/** Returns groups sorted by each column in turn: days by date, everything else by its size, the largest first. */
export function rank<G extends Ranked>(
  groups: readonly G[],
  [column, ...others]: readonly string[],
  sizeOf: (group: G) => Amount,
): readonly G[] {
  if (column === undefined) return groups;
  const parts = Array.from(partition(groups, column), ([value, part]) => {
    return { value, part, size: column === 'UsageDate' ? 0n : part.reduce((sum, group) => sum + sizeOf(group), 0n) };
  });
  parts.sort((a, b) => (a.size !== b.size ? (a.size < b.size ? 1 : -1) : a.value < b.value ? -1 : 1));
  return parts.flatMap(({ part }) => rank(part, others, sizeOf));
}

/** Returns the total of each currency, in the order of the groups. */
export function totalsOf(groups: readonly Group[]): Group[] {
  return Array.from(partition(groups, 'BillingCurrency').values(), (part) => {
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

function partition<G extends Ranked>(groups: readonly G[], column: string): Map<string, G[]> {
  const parts = new Map<string, G[]>();
  for (const group of groups) {
    const value = group.cells[column] ?? '';
    const part = parts.get(value);
    if (part) part.push(group);
    else parts.set(value, [group]);
  }
  return parts;
}
