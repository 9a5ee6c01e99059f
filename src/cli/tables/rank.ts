import type { Amount } from './amount.ts';
import { type Group, type Grouping, keyOf } from './groups.ts';
import { partition } from './partition.ts';

/**
 * Returns groups sorted by currency, and within it by each grouping in turn: days by date, everything else by its size,
 * the largest first.
 */
export function rank<G extends Pick<Group, 'cells'>>(
  groups: readonly G[],
  by: readonly Grouping[],
  sizeOf: (group: G) => Amount,
  depth = 0,
): readonly G[] {
  if (depth > by.length) return groups;
  const isByDate = by[depth - 1] === 'day';
  const parts = Array.from(
    partition(groups, (group) => keyOf(by.slice(0, depth), group)),
    ([key, part]) => ({ key, part, size: isByDate ? 0n : part.reduce((sum, group) => sum + sizeOf(group), 0n) }),
  );
  parts.sort((a, b) => (a.size !== b.size ? (a.size < b.size ? 1 : -1) : a.key < b.key ? -1 : 1));
  return parts.flatMap(({ part }) => rank(part, by, sizeOf, depth + 1));
}
