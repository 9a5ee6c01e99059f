import { describe, expect, it } from 'vitest';
import { at, escapePointer, problems, spec } from './harness/contract.ts';
import { decimals, partnerMonth } from './harness/partner-month.ts';

/** Every example, its schema and its value, wherever the contract has one: a media type, a header or a parameter. */
function* examplesIn(pointer: string): Generator<[string, string, unknown]> {
  const { node } = at(pointer);
  if (typeof node !== 'object' || node === null) return;
  if (node.schema) {
    if ('example' in node) yield [`${pointer}/example`, `${pointer}/schema`, node.example];
    for (const name of Object.keys(node.examples ?? {})) {
      const example = `${pointer}/examples/${escapePointer(name)}`;
      yield [example, `${pointer}/schema`, at(example).node.value];
    }
  }
  for (const [key, child] of Object.entries<{ $ref?: string }>(node)) {
    const elsewhere = ['schema', 'schemas', 'example', 'examples'].includes(key) || child?.$ref;
    if (!elsewhere) yield* examplesIn(`${pointer}/${escapePointer(key)}`);
  }
}

describe('the example', () => {
  const all = ['/paths', '/components'].flatMap((part) => [...examplesIn(part)]);

  it.each(all)('%s is valid', (_, schema, value) => {
    expect(problems(schema, value)).toEqual([]);
  });

  it('exists under a name for each body, and the named ones are all used', () => {
    const operations = Object.values<Record<string, unknown>>(spec.paths).flatMap((path) => Object.keys(path));
    expect(operations).toEqual(['post', 'get', 'get']);
    const contents = JSON.stringify(spec).match(/"application\/json":\{"schema":\{[^}]*\}(,"examples")?/g) ?? [];
    expect(contents.filter((content) => !content.endsWith('"examples"'))).toEqual([]);
    expect(contents).toHaveLength(1 + 2 + 9);
    const unused = Object.keys(spec.components.examples).filter(
      (name) => !JSON.stringify(spec.paths).includes(`"#/components/examples/${name}"`),
    );
    expect(unused).toEqual([]);
  });
});

describe('a line item', () => {
  const properties = Object.entries<{ 'x-attribute-sets': string[] }>(spec.components.schemas.UsageLineItem.properties);
  const otherSpellings = ['BenefitID', 'BenefitOrderID', 'ResourceUri'];
  const inSet = (set: string) =>
    properties.filter(([name, schema]) => schema['x-attribute-sets'].includes(set) && !otherSpellings.includes(name));

  it('has 55 attributes, which the made-up month has, too; 30 of them in basic; 8 of them decimals', () => {
    const [item] = partnerMonth(1);
    expect(
      inSet('full')
        .map(([name]) => name)
        .sort(),
    ).toEqual(Object.keys(item ?? {}).sort());
    expect(inSet('full')).toHaveLength(55);
    expect(inSet('basic')).toHaveLength(30);
    expect(decimals.size).toBe(8);
  });
});
