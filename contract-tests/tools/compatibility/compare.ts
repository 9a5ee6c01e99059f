import { isDeepStrictEqual } from 'node:util';
import { follow, schemaComparer, show } from './compare-schemas.ts';
import { type Direction, type Level, levels, type Node } from './rules.ts';

export interface Change {
  level: Level | 'patch';
  /** The place and the change. */
  what: string;
}

/** Compares a part of the document before and after. Either is undefined if it is missing. */
type Part = (before: Node, after: Node, where: string) => void;

/**
 * Returns the changes between two versions of the contract, each with its level in semantic versioning (see `levels`).
 * Each key of the document has a rule. A change of a key without a rule counts as breaking.
 */
export function compare(before: Node, after: Node): Change[] {
  const changes: Change[] = [];
  const add = (level: Change['level'], what: string) => changes.push({ level, what: what.trim() });
  const compareSchemas = schemaComparer(before, after, add);

  const words: Part = () => {};
  const value =
    (level: Level): Part =>
    (b, a, where) => {
      if (!isDeepStrictEqual(b, a)) add(level, `${where}: ${show(b)} → ${show(a)}`);
    };
  /** A flag that makes something required in the request or in the response. */
  const required =
    (direction: Direction): Part =>
    (b, a, where) => {
      if (Boolean(b) !== Boolean(a)) add(levels[direction][a ? 'narrower' : 'wider'], `${where}: ${a ? 'yes' : 'no'}`);
    };
  const schema =
    (direction: Direction): Part =>
    (b, a, where) =>
      compareSchemas(b, a, direction, where);

  /** A part that may be removed or added. Otherwise, follows its references. */
  function optional(part: Part, gone: Level, isNew: (node: Node) => Level = () => 'minor'): Part {
    return (b, a, where) => {
      if (a === undefined) add(gone, `${where}: gone`);
      else if (b === undefined) add(isNew(follow(after, a)), `${where}: new`);
      else part(follow(before, b), follow(after, a), where);
    };
  }

  /** An object whose keys are names. */
  function each(partOf: (name: string) => Part): Part {
    return (b = {}, a = {}, where) => {
      for (const name of new Set([...Object.keys(b), ...Object.keys(a)]))
        partOf(name)(b[name], a[name], `${where} ${name}`);
    };
  }

  /** An object with a rule for each key. */
  function object(rules: Record<string, Part>): Part {
    return each((key) => rules[key] ?? value('major'));
  }

  const text = Object.fromEntries(
    ['description', 'summary', 'externalDocs', 'tags', 'example', 'examples'].map((key) => [key, words]),
  );
  const ifRequired = ({ required }: Node) => (required ? 'major' : 'minor');
  const names = each(() => optional(words, 'major'));

  const content = (direction: Direction) =>
    each(() => optional(object({ ...text, schema: schema(direction) }), 'major'));
  const described = (direction: Direction) =>
    object({
      ...text,
      name: words,
      in: words,
      required: required(direction),
      deprecated: value('minor'),
      schema: schema(direction),
      content: content(direction),
    });
  const parameters: Part = (b = [], a = [], where) => {
    const byName = (document: Node, list: Node[]) =>
      Object.fromEntries(list.map((node) => follow(document, node)).map((node) => [`${node.in} ${node.name}`, node]));
    each(() => optional(described('request'), 'major', ifRequired))(byName(before, b), byName(after, a), where);
  };
  const headers = each(() => optional(described('response'), 'major'));
  const response = object({ ...text, headers, content: content('response') });
  const operation = object({
    ...text,
    operationId: value('major'),
    deprecated: value('minor'),
    parameters,
    requestBody: optional(described('request'), 'major', ifRequired),
    responses: each((code) => {
      const level = /^[23]/.test(code) ? 'major' : 'minor';
      return optional(response, level, () => level);
    }),
  });
  const path = object({
    ...text,
    parameters,
    ...Object.fromEntries(
      ['get', 'put', 'post', 'delete', 'patch'].map((method) => [method, optional(operation, 'major')]),
    ),
  });
  const flow = object({ scopes: names });
  const securityScheme = object({ ...text, flows: each(() => optional(flow, 'major')) });

  object({
    ...text,
    openapi: (b, a, where) => value('major')(b.split('.', 2), a.split('.', 2), where),
    info: words,
    servers: (b, a, where) => names(byUrl(b), byUrl(a), where),
    paths: each(() => optional(path, 'major')),
    components: (b, a) => {
      // Other components are compared where they are used. Schema names matter, as generated types have the same names.
      names(b.schemas, a.schemas, 'schema');
      each(() => optional(securityScheme, 'major'))(b.securitySchemes, a.securitySchemes, 'security scheme');
    },
  })(before, after, '');

  if (changes.length === 0 && !isDeepStrictEqual(withoutVersion(before), withoutVersion(after))) {
    add('patch', 'descriptions or examples');
  }
  return changes;
}

function byUrl(servers: { url: string }[] = []): Node {
  return Object.fromEntries(servers.map((server) => [server.url, server]));
}

function withoutVersion(document: Node): Node {
  return { ...document, info: { ...document.info, version: '' } };
}
