import type { Json } from '../../../spec/document.ts';

/** A change of one rule, at a path within its part. Without a `value`, the rule is removed. */
export interface Change {
  rule: string;
  at: string[];
  change: string;
  value?: unknown;
}

/** The mutators of a part, by keyword. The empty keyword is for additions to the part. */
export type Mutators = Record<string, Mutator>;
export type Mutator = (value: Json, part: Json, document: Json) => Iterable<Change>;

export function removed(rule: string, ...at: string[]): Change {
  return { rule, at, change: 'removed' };
}

export function changed(rule: string, at: string[], value: unknown, change?: string): Change {
  return { rule, at, value, change: change ?? `changed to ${JSON.stringify(value)}` };
}

/** Removes each entry of a list or map in turn. */
export function eachRemoved(rule: string, at: string, entries: Json): Change[] {
  return Object.keys(entries).map((key) => removed(rule, at, key));
}

/** Replaces a key of a map. */
export function renamed(rule: string, at: string[], map: Json, from: string, to: string): Change {
  const entries = Object.entries(map).map(([key, value]) => [key === from ? to : key, value]);
  return changed(rule, at, Object.fromEntries(entries), `${from} changed to ${to}`);
}
