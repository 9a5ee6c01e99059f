import type { Amount } from './amount.ts';
import type { Group } from './groups.ts';
import { add, partition } from './partition.ts';

/** A group of two exports. */
export interface Change {
  kind: 'new' | 'gone' | 'more' | 'less' | 'same';
  /** Those of the second export, if it has the group. */
  cells: Group['cells'];
  before: Group | undefined;
  after: Group | undefined;
  difference: Amount;
}

/** Compares the groups of two exports. Groups with the same key are one group. */
export function compare(before: readonly Group[], after: readonly Group[], keyOf: (group: Group) => string): Change[] {
  const old = merge(before, keyOf);
  const current = merge(after, keyOf);
  return Array.from(new Set([...current.keys(), ...old.keys()]), (key) => {
    const [before, after] = [old.get(key), current.get(key)];
    const difference = (after?.total ?? 0n) - (before?.total ?? 0n);
    const kind = !before ? 'new' : !after ? 'gone' : difference > 0n ? 'more' : difference < 0n ? 'less' : 'same';
    return { kind, cells: (after ?? before)?.cells ?? {}, before, after, difference };
  });
}

function merge(groups: readonly Group[], keyOf: (group: Group) => string): Map<string, Group> {
  const parts = [...partition(groups, keyOf)];
  return new Map(parts.map(([key, part]) => [key, { cells: part[0]?.cells ?? {}, ...add(part) }]));
}
