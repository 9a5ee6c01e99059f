import type { Json } from '../../../spec/document.ts';
import { toPointer } from '../../kit/document/pointer.ts';
import type { Change, Mutators } from './change.ts';
import { methods, mutators } from './mutators.ts';

/** An OpenAPI document with one changed rule. */
export interface Mutant {
  /** The place of the rule. `-` at the end means after the last entry, as in a JSON Patch. */
  pointer: string;
  rule: string;
  change: string;
  apply: (document: Json) => Json;
}

/** The children of each kind of part: `x*` is a map from names to x, `x[]` a list of x. */
const grammar: Record<string, Record<string, string>> = {
  document: { servers: 'server[]', paths: 'path*', components: 'components' },
  components: {
    schemas: 'schema*',
    parameters: 'parameter*',
    headers: 'header*',
    responses: 'response*',
    requestBodies: 'body*',
    securitySchemes: 'securityScheme*',
    examples: 'example*',
  },
  path: { parameters: 'parameter[]', ...Object.fromEntries(methods.map((method) => [method, 'operation'])) },
  operation: { parameters: 'parameter[]', requestBody: 'body', responses: 'response*' },
  body: { content: 'media*' },
  response: { headers: 'header*', content: 'media*' },
  media: { schema: 'schema', examples: 'example*' },
  parameter: { schema: 'schema' },
  header: { schema: 'schema' },
  schema: {
    properties: 'schema*',
    items: 'schema',
    allOf: 'schema[]',
    anyOf: 'schema[]',
    oneOf: 'schema[]',
    discriminator: 'discriminator',
    'x-line-schema': 'schema',
  },
  securityScheme: { flows: 'flow*' },
};

/** Keywords without rules: descriptions, and links and the values of examples, which other tests check. */
const prose: Record<string, readonly string[]> = {
  document: ['info', 'externalDocs', 'tags'],
  server: ['description'],
  operation: ['tags', 'summary', 'description'],
  parameter: ['description', 'example', 'examples'],
  header: ['description', 'example', 'examples'],
  schema: ['description'],
  response: ['description', 'links'],
  example: ['summary', 'value'],
  securityScheme: ['description'],
};

/**
 * Generates every mutant of a document, rule by rule. A component is changed at its definition, not where it is used.
 * Throws an error for an unknown keyword, so that no rule is missed.
 */
export function* mutants(document: Json): Generator<Mutant> {
  yield* walk('document', document, []);

  function* walk(kind: string, part: Json, path: readonly string[]): Generator<Mutant> {
    const below = grammar[kind] ?? {};
    const rules: Mutators = { ...mutators[kind], ...mutators.reference };
    for (const keyword of Object.keys(part)) {
      if (keyword in below || keyword in rules || prose[kind]?.includes(keyword)) continue;
      throw new Error(`${toPointer(path)}: no mutation is known for "${keyword}" of a ${kind}`);
    }
    for (const [keyword, mutate] of Object.entries(rules)) {
      if (keyword !== '' && !(keyword in part)) continue;
      for (const change of mutate(part[keyword], part, document)) yield toMutant(path, change);
    }
    for (const [keyword, notation] of Object.entries(below)) {
      if (!(keyword in part)) continue;
      const [, childKind = '', isMany] = /^(\w+)(\*|\[\])?$/.exec(notation) ?? [];
      if (!isMany) yield* walk(childKind, part[keyword], [...path, keyword]);
      else {
        for (const [name, child] of Object.entries(part[keyword]))
          yield* walk(childKind, child, [...path, keyword, name]);
      }
    }
  }
}

function toMutant(path: readonly string[], { rule, at, change, value }: Change): Mutant {
  const whole = [...path, ...at];
  return { pointer: toPointer(whole), rule, change, apply: (document) => replaceAt(document, whole, value) };
}

/** Returns a copy with another value at a path. `undefined` removes it, `-` appends to a list. */
function replaceAt(part: Json, [key, ...rest]: readonly string[], value: unknown): Json {
  if (key === undefined) return value;
  const old = key === '-' ? undefined : part[key];
  const child = replaceAt(old, rest, value);
  if (Array.isArray(part)) {
    return part.toSpliced(key === '-' ? part.length : Number(key), 1, ...(child === undefined ? [] : [child]));
  }
  const { [key]: _, ...others } = part;
  return child === undefined ? others : { ...part, [key]: child };
}
