import type { Description, Node } from './description.ts';

/** The meaning of a schema, independent of its notation. */
export interface Shape {
  /** The name of the component, or the path from the component that contains the schema. */
  name: string;
  types: Set<string>;
  nullable: boolean;
  /** The values of an open or closed list. */
  values: Set<unknown>;
  required: Set<string>;
  properties: Map<string, { schema: Node; name: string }>;
  items: Node;
  /** The schemas of a discriminator. */
  kinds: Map<string, Node>;
  deprecation: string | undefined;
  /** References that lead nowhere, so that this is only a part of the schema. */
  dangling: string[];
}

export function shapeOf(description: Description, schema: Node, name: string): Shape {
  const shape: Shape = {
    name,
    types: new Set(),
    nullable: false,
    values: new Set(),
    required: new Set(),
    properties: new Map(),
    items: undefined,
    kinds: new Map(),
    deprecation: undefined,
    dangling: [],
  };
  merge(schema, name, true);
  return shape;

  /** Adds a schema. `own` is false for inherited schemas, whose kinds do not count. */
  function merge(schema: Node, name: string, own: boolean): void {
    if (schema.$ref) {
      const name = schema.$ref.split('/').at(-1);
      if (own) shape.name = name;
      const target = description.resolve(schema.$ref);
      if (target) merge(target, name, own);
      else shape.dangling.push(schema.$ref);
    }
    for (const part of schema.allOf ?? []) merge(part, name, own && !part.$ref);
    for (const branch of schema.anyOf ?? schema.oneOf ?? []) {
      if (isNull(branch)) shape.nullable = true;
      else if (!schema.discriminator) merge(branch, name, own);
    }

    for (const type of [schema.type ?? []].flat()) {
      if (type === 'null') shape.nullable = true;
      else shape.types.add(type === 'number' && /^int/.test(schema.format) ? 'integer' : type);
    }
    if (schema.nullable) shape.nullable = true;
    if ('const' in schema) shape.values.add(schema.const);
    for (const value of [...(schema.enum ?? []), ...(schema['x-extensible-enum'] ?? [])]) shape.values.add(value);
    for (const property of schema.required ?? []) shape.required.add(property);
    for (const [property, value] of Object.entries(schema.properties ?? {})) {
      shape.properties.set(property, { schema: value, name: `${name}.${property}` });
    }
    shape.items ??= schema.items;
    shape.deprecation ??= deprecationOf(schema);
    if (own) {
      for (const [kind, $ref] of Object.entries(schema.discriminator?.mapping ?? {})) shape.kinds.set(kind, { $ref });
    }
  }
}

/** Returns whether a branch makes a reference nullable, as in OpenAPI 3.0 or 3.1. */
function isNull(branch: Node): boolean {
  return branch.type === 'null' || (branch.nullable && !branch.$ref && !branch.properties);
}

/** Returns the removal date of a deprecated node as text. Returns `undefined` if it is not deprecated. */
export function deprecationOf(node: Node): string | undefined {
  if (!node.deprecated && !node['x-ms-deprecation']) return undefined;
  const date = node['x-ms-deprecation']?.removalDate;
  return date ? `to be removed on ${date}` : 'no date named';
}
