import type { Json } from '../../../spec/document.ts';
import { toPointer } from '../../kit/document/pointer.ts';
import type { Change, Mutators } from './change.ts';
import { methods, mutators } from './mutators.ts';

/** One rule of an OpenAPI document, changed. */
export interface Mutant {
  /** Where the rule stands; `-` at the end is behind the last entry, as in a JSON Patch. */
  pointer: string;
  rule: string;
  change: string;
  apply: (document: Json) => Json;
}

/** What lies below each kind of part: `x*` is a map from names to x, `x[]` a list of x. */
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

/** What binds nobody: words, and the values of examples, which are held against the schemas elsewhere. */
const prose: Record<string, readonly string[]> = {
  document: ['info', 'externalDocs', 'tags'],
  server: ['description'],
  operation: ['tags', 'summary', 'description'],
  parameter: ['description', 'example', 'examples'],
  header: ['description', 'example', 'examples'],
  schema: ['description'],
  response: ['description'],
  example: ['summary', 'value'],
  securityScheme: ['description'],
};

/**
 * Every mutant of a document, rule by rule. A component is changed where it stands, not where it is used.
 * Throws at a keyword that it does not know, so that no rule is passed over in silence.
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
  return { pointer: toPointer(whole), rule, change, apply: (document) => replaced(document, whole, value) };
}

/** A copy with another value at a path; `undefined` takes it away, `-` is a new entry of a list. */
function replaced(part: Json, [key, ...rest]: readonly string[], value: unknown): Json {
  if (key === undefined) return value;
  const old = key === '-' ? undefined : part[key];
  const child = replaced(old, rest, value);
  if (Array.isArray(part)) {
    return part.toSpliced(key === '-' ? part.length : Number(key), 1, ...(child === undefined ? [] : [child]));
  }
  const { [key]: _, ...others } = part;
  return child === undefined ? others : { ...part, [key]: child };
}
