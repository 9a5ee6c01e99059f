import { Converter } from '@apiture/openapi-down-convert';
import type { Json } from '../document.ts';

/** What limits strings only, and so goes with them when a schema of several types is taken apart. */
const ofStrings = ['format', 'pattern', 'minLength', 'maxLength'];

/**
 * The contract in OpenAPI 3.0, for tools that know no 3.1. The library does most of it; before it, what it leaves as it
 * is although 3.0 has no such thing is said in words that it converts or that both versions have.
 */
export function toOpenApi30(contract: Json): Json {
  const { jsonSchemaDialect: _, info, ...rest } = contract;
  const { summary, license, ...about } = info;
  const document = {
    ...rest,
    info: {
      ...about,
      description: `${summary}\n\n${info.description}`,
      license: { name: license.name, url: `https://spdx.org/licenses/${license.identifier}.html` },
    },
  };
  const ready = JSON.parse(JSON.stringify(document), (_key, value) => typedConst(oneType(value)));
  const { openapi, info: _info, ...converted } = new Converter(ready, { allOfTransform: true }).convert() as Json;
  return { openapi, info: ready.info, ...converted };
}

/** `type: [number, string]` becomes a choice between two schemas. (A type or null is `nullable`: the library does that.) */
function oneType(schema: Json): Json {
  const types = schema?.type;
  if (!Array.isArray(types) || types.includes('null')) return schema;
  const { type: _, ...outside } = schema;
  const strings = ofStrings.filter((keyword) => keyword in outside).map((keyword) => [keyword, outside[keyword]]);
  for (const keyword of ofStrings) delete outside[keyword];
  const choices = types.map((type) => ({ type, ...(type === 'string' && Object.fromEntries(strings)) }));
  return { ...outside, oneOf: choices };
}

/** The `enum` that a `const` becomes needs a type beside it, or generators take it for an object. */
function typedConst(schema: Json): Json {
  return typeof schema?.const === 'string' ? { type: 'string', ...schema } : schema;
}
