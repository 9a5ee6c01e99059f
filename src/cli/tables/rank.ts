import type { Amount } from './amount.ts';
import type { Group } from './groups.ts';
import { partition } from './partition.ts';

type Ranked = Pick<Group, 'cells'>;

/** Returns groups sorted by each column in turn: days by date, everything else by its size, the largest first. */
export function rank<G extends Ranked>(
  groups: readonly G[],
  [column, ...others]: readonly string[],
  sizeOf: (group: G) => Amount,
): readonly G[] {
  if (column === undefined) return groups;
  const parts = Array.from(
    partition(groups, ({ cells }) => cells[column] ?? ''),
    ([value, part]) => {
      return { value, part, size: column === 'UsageDate' ? 0n : part.reduce((sum, group) => sum + sizeOf(group), 0n) };
    },
  );
  parts.sort((a, b) => (a.size !== b.size ? (a.size < b.size ? 1 : -1) : a.value < b.value ? -1 : 1));
  return parts.flatMap(({ part }) => rank(part, others, sizeOf));
}
