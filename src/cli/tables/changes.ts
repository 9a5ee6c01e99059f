import type { Amount } from './amount.ts';
import type { Group } from './groups.ts';

/** A group of two exports. */
export interface Change {
  kind: 'new' | 'gone' | 'more' | 'less' | 'same';
  /** Those of the second export, if it has the group. */
  cells: Group['cells'];
  before: Group | undefined;
  after: Group | undefined;
  difference: Amount;
}

/** Compares the groups of two exports. A group has the same key in both. */
export function compare(before: readonly Group[], after: readonly Group[], keyOf: (group: Group) => string): Change[] {
  const byKey = (groups: readonly Group[]) => new Map(groups.map((group) => [keyOf(group), group]));
  const [old, current] = [byKey(before), byKey(after)];
  return Array.from(new Set([...current.keys(), ...old.keys()]), (key) => {
    const [before, after] = [old.get(key), current.get(key)];
    const difference = (after?.total ?? 0n) - (before?.total ?? 0n);
    const kind = !before ? 'new' : !after ? 'gone' : difference > 0n ? 'more' : difference < 0n ? 'less' : 'same';
    return { kind, cells: (after ?? before)?.cells ?? {}, before, after, difference };
  });
}
