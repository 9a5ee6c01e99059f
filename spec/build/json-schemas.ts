import type { Json } from '../document.ts';

/** What a JSON Schema does not know: a strict validator would refuse it. */
const openApiOnly = ['discriminator', 'x-attribute-sets', 'x-extensible-enum', 'x-line-schema'];

/** Each component as a JSON Schema of its own, with all that it refers to in `$defs`. */
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
