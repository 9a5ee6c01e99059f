import type { Json } from '../document.ts';

/** Keywords that JSON Schema does not have and a strict validator would reject. */
const openApiOnly = ['discriminator', 'x-attribute-sets', 'x-extensible-enum', 'x-line-schema'];

/** Returns each component as a separate JSON Schema, with everything that it refers to in `$defs`. */
export function toJsonSchemas(contract: Json): Record<string, Json> {
  const components: Json = JSON.parse(JSON.stringify(contract.components.schemas), (key, value) => {
    if (openApiOnly.includes(key)) return undefined;
    return key === '$ref' ? value.replace('#/components/schemas/', '#/$defs/') : value;
  });

  const collect = (schema: Json, found: Json = {}): Json => {
    for (const [, name = ''] of JSON.stringify(schema).matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/g)) {
      if (name in found) continue;
      found[name] = components[name];
      collect(components[name], found);
    }
    return found;
  };

  return Object.fromEntries(
    Object.entries<Json>(components).map(([name, schema]) => {
      const $defs = collect(schema);
      const identity = {
        $schema: contract.jsonSchemaDialect,
        $id: `urn:partner-unbilled-usage:${name}`,
        title: name,
      };
      return [name, { ...identity, ...schema, ...(Object.keys($defs).length > 0 && { $defs }) }];
    }),
  );
}
