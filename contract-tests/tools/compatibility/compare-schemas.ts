import { isDeepStrictEqual } from 'node:util';
import { resolve } from '../../kit/document/pointer.ts';
import { type Direction, type Effect, keywords, type Level, levels, type Node, presence } from './rules.ts';

/** Compares the schemas of two versions of the contract. */
export function schemaComparer(before: Node, after: Node, add: (level: Level, what: string) => void) {
  const pairs = new Set<string>();
  return compareSchemas;

  /** Compares the targets of references under their own names, once for each direction. */
  function compareSchemas(b: Node, a: Node, direction: Direction, where: string): void {
    if (!b?.$ref || !a?.$ref) {
      compareKeywords(follow(before, b) ?? {}, follow(after, a) ?? {}, direction, where);
      return;
    }
    const { $ref: from, ...old } = b;
    const { $ref: to, ...now } = a;
    compareKeywords(old, now, direction, where);
    const pair = `${direction} ${from} ${to}`;
    if (pairs.has(pair)) return;
    pairs.add(pair);
    const [was, is] = [follow(before, { $ref: from }), follow(after, { $ref: to })];
    compareKeywords(was, is, direction, `${direction} ${to.split('/').at(-1)}`);
  }

  function compareKeywords(b: Node, a: Node, direction: Direction, where: string): void {
    const report = (effect: Effect, what: string) => {
      if (effect !== 'none') add(levels[direction][effect], `${where} ${what}`);
    };
    for (const keyword of new Set([...Object.keys(b), ...Object.keys(a)])) {
      const [old, now] = [b[keyword], a[keyword]];
      if (keyword === 'properties') compareProperties(old ?? {}, now ?? {}, direction, where);
      else if (keyword === 'items' || keyword === 'x-line-schema') compareSchemas(old, now, direction, `${where}[]`);
      else if (keyword === 'allOf' || keyword === 'anyOf' || keyword === 'oneOf') {
        const effect = presence(old, now);
        if (effect) {
          report(effect, `${keyword}: ${old ? 'gone' : 'new'}`);
          continue;
        }
        const [was, is] = [branches(old), branches(now)];
        for (const name of new Set([...was.keys(), ...is.keys()])) {
          const [x, y] = [was.get(name), is.get(name)];
          if (x && y) compareSchemas(x, y, direction, where);
          else
            report(
              (keyword === 'allOf') === Boolean(y) ? 'narrower' : 'wider',
              `${keyword} ${name}: ${y ? 'new' : 'gone'}`,
            );
        }
      } else if (!isDeepStrictEqual(old, now)) {
        report(keywords[keyword]?.(old, now) ?? 'other', `${keyword}: ${show(old)} → ${show(now)}`);
      }
    }
  }

  function compareProperties(b: Node, a: Node, direction: Direction, where: string): void {
    for (const name of new Set([...Object.keys(b), ...Object.keys(a)])) {
      if (!a[name]) add('major', `${where}.${name}: gone`);
      else if (!b[name]) add('minor', `${where}.${name}: new`);
      else compareSchemas(b[name], a[name], direction, `${where}.${name}`);
    }
  }
}

/** Identifies branches by their references, and inline ones by their order. */
function branches(list: Node[]): Map<string, Node> {
  const inPlace = list.filter((branch) => !branch.$ref);
  return new Map(list.map((branch) => [branch.$ref ?? `branch ${inPlace.indexOf(branch) + 1}`, branch]));
}

/** Returns a node with its reference replaced by the target. */
export function follow(document: Node, node: Node): Node {
  if (!node?.$ref) return node;
  const { $ref, ...rest } = node;
  return { ...follow(document, resolve(document, $ref)), ...rest };
}

export function show(value: Node): string {
  return value === undefined ? 'none' : JSON.stringify(value);
}
