import { describe, expect, it } from 'vitest';
import { contract } from '../../spec/build/contract.ts';
import { toOpenApi30 } from '../../spec/build/openapi-3.0.ts';
import type { Json } from '../../spec/document.ts';

const openapi30 = toOpenApi30(contract);
const { schemas } = openapi30.components;

describe('the OpenAPI 3.0 copy', () => {
  const nodes = function* (node: unknown): Generator<object> {
    if (typeof node !== 'object' || node === null) return;
    yield node;
    for (const child of Object.values(node)) yield* nodes(child);
  };

  it('has nothing next to a reference, where 3.0 would ignore it', () => {
    const references = [...nodes(openapi30)].filter((node) => '$ref' in node);
    expect(references.filter((node) => Object.keys(node).length > 1)).toEqual([]);
    expect(references.length).toBeGreaterThan(100);
  });

  it('has one type for each schema, and one spelling of each property', () => {
    for (const node of nodes(openapi30) as Generator<Json>) {
      if (node.enum) expect(node, JSON.stringify(node)).toHaveProperty('type');
      if (node.type) expect(['object', 'array', 'string', 'number', 'integer', 'http']).toContain(node.type);
      const names = Object.keys(node.properties ?? {}).map((name) => name.toLowerCase());
      expect(names).toEqual([...new Set(names)]);
    }
  });

  it('has no keyword that generators turn into something else', () => {
    const keywords = new Set([...nodes(schemas)].flatMap(Object.keys));
    expect(['allOf', 'anyOf', 'const', 'default', 'pattern'].filter((keyword) => keywords.has(keyword))).toEqual([]);
    expect([...nodes(schemas)].filter((node: Json) => node.additionalProperties === true)).toEqual([]);
    expect([...nodes(schemas)].filter((node: Json) => node.oneOf)).toEqual([schemas.Operation]);
  });

  it('has each component that is an object, and no other', () => {
    const { OperationBase, Decimal, DateTime, ...others } = contract.components.schemas;
    expect(Object.keys(schemas)).toEqual(Object.keys(others));
  });

  it('tells the three operations apart by an enum with one value', () => {
    const mapping = Object.entries<string>(schemas.Operation.discriminator.mapping);
    const types = mapping.map(([type, $ref]) => [
      type,
      schemas[$ref.split('/').at(-1) ?? ''].properties['@odata.type'],
    ]);
    expect(types).toEqual(mapping.map(([type]) => [type, { type: 'string', enum: [type] }]));
    expect(mapping).toHaveLength(3);
  });

  it('has the line items in a response, and uses each schema', () => {
    const used = new Set<string>();
    const follow = (node: object) => {
      for (const [, kind = '', name = ''] of JSON.stringify(node).matchAll(/"#\/components\/(\w+)\/(\w+)"/g)) {
        if (used.has(`${kind}/${name}`)) continue;
        used.add(`${kind}/${name}`);
        follow(
          JSON.parse(
            JSON.stringify(openapi30.components[kind][name], (key, value) => (/^x-/.test(key) ? null : value)),
          ),
        );
      }
    };
    follow(openapi30.paths);
    expect(Object.keys(schemas).filter((name) => !used.has(`schemas/${name}`))).toEqual([]);
    expect(used).toContain('schemas/UsageLineItem');
  });

  it.each(['examples', 'x-attribute-sets', 'x-extensible-enum'])('keeps all %s', (keyword) => {
    const all = (document: object) =>
      new Set([...nodes(document)].flatMap((node: Json) => (keyword in node ? [JSON.stringify(node[keyword])] : [])));
    expect(all(openapi30)).toEqual(all(contract));
    expect(all(contract).size).toBeGreaterThan(1);
  });

  it('describes each attribute, with its attribute sets', () => {
    const { properties } = contract.components.schemas.UsageLineItem;
    for (const [name, copy] of Object.entries<Json>(schemas.UsageLineItem.properties)) {
      expect(copy['x-attribute-sets']).toEqual(properties[name]['x-attribute-sets']);
      expect(copy.description.startsWith(properties[name].description), name).toBe(true);
    }
  });
});
