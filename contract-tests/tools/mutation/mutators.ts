import type { Json } from '../../../spec/document.ts';
import { type Change, changed, eachRemoved, type Mutator, type Mutators, removed, renamed } from './change.ts';
import { discriminator, schema } from './schema-mutators.ts';

export const methods = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options'];

/** Toggles `required`. */
const required: Mutator = (_, part) => {
  if ('$ref' in part) return [];
  return [changed('required', ['required'], !part.required, part.required ? 'made optional' : 'made required')];
};

const content: Mutator = (map) =>
  Object.keys(map).map((type) => renamed('media type', ['content'], map, type, 'text/plain'));

/** Changes a reference to the next component of its section, and removes it. */
function* reference(value: string, _: Json, document: Json): Generator<Change> {
  const [, , section = '', name = ''] = value.split('/');
  const names = Object.keys(document.components[section]);
  const next = names[(names.indexOf(name) + 1) % names.length];
  if (next !== name) yield changed('reference', ['$ref'], `#/components/${section}/${next}`);
  yield removed('reference', '$ref');
}

/** The mutators by kind of part and keyword. */
export const mutators: Record<string, Mutators> = {
  document: {
    openapi: () => [changed('dialect', ['openapi'], '3.0.3')],
    jsonSchemaDialect: () => [
      removed('dialect', 'jsonSchemaDialect'),
      changed('dialect', ['jsonSchemaDialect'], 'https://spec.openapis.org/oas/3.1/dialect/base'),
    ],
    servers: (list) => eachRemoved('server', 'servers', list),
    security: (list: Json[]) => [
      ...eachRemoved('security', 'security', list),
      changed('security', ['security', '-'], {}, 'made optional'),
      ...list.flatMap((requirement, i) =>
        Object.keys(requirement).flatMap((scheme) =>
          Object.keys(requirement[scheme]).map((scope) => removed('security', 'security', `${i}`, scheme, scope)),
        ),
      ),
    ],
    paths: (map) => Object.keys(map).map((path) => renamed('path', ['paths'], map, path, `${path}s`)),
  },
  server: { url: (url) => [changed('server', ['url'], `${url}/other`)] },
  path: {
    '': (_, path) =>
      Object.keys(path)
        .filter((key) => methods.includes(key))
        .map((method) => renamed('method', [], path, method, method === 'get' ? 'post' : 'get')),
  },
  operation: {
    operationId: (id) => [changed('operationId', ['operationId'], `${id}2`)],
    parameters: (list) => eachRemoved('parameter', 'parameters', list),
    requestBody: () => [removed('body', 'requestBody')],
    responses: (map) => [
      ...eachRemoved('status', 'responses', map),
      changed('status', ['responses', '418'], { description: 'Foreign.' }, 'foreign status added'),
    ],
    '': (_, operation) => ('security' in operation ? [] : [changed('security', ['security'], [])]),
  },
  body: { required: () => [], content, '': required },
  response: {
    headers: (map) => [
      ...eachRemoved('header', 'headers', map),
      ...Object.keys(map).map((name) => renamed('header', ['headers'], map, name, `${name}-other`)),
    ],
    content: (map, response, document) => [removed('media type', 'content'), ...content(map, response, document)],
    '': (_, response) => {
      if ('content' in response || '$ref' in response) return [];
      return [changed('media type', ['content'], { 'application/json': {} }, 'body added')];
    },
  },
  media: { schema: () => [removed('body', 'schema')], examples: (map) => eachRemoved('example', 'examples', map) },
  parameter: {
    name: (name) => [changed('parameter', ['name'], `${name}-other`)],
    in: () => [changed('parameter', ['in'], 'query')],
    schema: () => [removed('type', 'schema')],
    required: () => [],
    '': required,
  },
  header: { schema: () => [removed('type', 'schema')], required: () => [], '': required },
  securityScheme: {
    type: (_, { description }) => [
      changed('security', [], { type: 'http', scheme: 'basic', description }, 'changed to basic'),
      changed('security', [], { type: 'apiKey', name: 'key', in: 'header', description }, 'changed to apiKey'),
    ],
    flows: (map) => eachRemoved('security', 'flows', map),
  },
  flow: {
    tokenUrl: (url) => [changed('security', ['tokenUrl'], `${url}/other`)],
    authorizationUrl: (url) => [changed('security', ['authorizationUrl'], `${url}/other`)],
    scopes: (map) => eachRemoved('security', 'scopes', map),
  },
  reference: { $ref: reference },
  schema,
  discriminator,
};
