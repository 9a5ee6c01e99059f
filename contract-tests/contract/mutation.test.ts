import { describe, expect, it } from 'vitest';
import type { Json } from '../../spec/document.ts';
import { spec } from '../kit/document/document.ts';
import { mutants } from '../tools/mutation/mutants.ts';

const linesOf = (document: Json): string[] =>
  [...mutants(document)].map(({ rule, pointer, change }) => `${rule}: ${pointer} ${change}`).sort();

describe('the mutants of a schema', () => {
  it.each<[Json, string[]]>([
    [{ required: ['a'] }, ['required: /required/0 removed']],
    [{ enum: ['a'] }, ['enum: /enum/0 removed', 'enum: /enum/- foreign value added']],
    [
      { 'x-extensible-enum': ['a'] },
      [
        'documented values: /x-extensible-enum/0 removed',
        'documented values: /x-extensible-enum/- foreign value added',
      ],
    ],
    [{ 'x-attribute-sets': [] }, ['documented values: /x-attribute-sets/- foreign value added']],
    [{ const: 'a' }, ['const: /const removed', 'const: /const changed to "a-other"']],
    [{ pattern: '^a' }, ['pattern: /pattern removed', 'pattern: /pattern changed to "a"']],
    [
      { type: 'integer' },
      [
        'type: /type removed',
        'type: /type changed to "string"',
        'type: /type changed to ["integer","null"]',
        'type: /type changed to "number"',
      ],
    ],
    [
      { type: ['string', 'null'] },
      ['type: /type removed', 'type: /type/0 removed', 'type: /type/1 removed', 'type: /type/- boolean added'],
    ],
    [{ items: {} }, ['type: /items removed']],
    [
      { minLength: 1 },
      ['bound: /minLength removed', 'bound: /minLength changed to 0', 'bound: /minLength changed to 2'],
    ],
    [{ format: 'uri' }, ['format: /format removed']],
    [{ default: 'a' }, ['default: /default removed', 'default: /default changed to "other"']],
    [{ oneOf: [{}] }, ['branch: /oneOf/0 removed', 'branch:  oneOf changed to anyOf']],
    [{ anyOf: [{}] }, ['branch: /anyOf/0 removed', 'branch:  anyOf changed to oneOf']],
    [{ allOf: [{}] }, ['branch: /allOf/0 removed', 'branch:  allOf changed to anyOf']],
    [
      { additionalProperties: true, properties: { a: {} } },
      [
        'additionalProperties: /additionalProperties changed to false',
        'property: /properties/a removed',
        'required: /required a made required',
      ],
    ],
    [
      { required: ['a'], properties: { a: { type: 'string' } } },
      [
        'additionalProperties: /additionalProperties changed to false',
        'property: /properties/a removed',
        'required: /required/0 removed',
        'type: /properties/a/type removed',
        'type: /properties/a/type changed to "number"',
        'type: /properties/a/type changed to ["string","null"]',
      ],
    ],
    [
      { discriminator: { propertyName: 'a', mapping: { b: '#/x' } } },
      [
        'discriminator: /discriminator removed',
        'discriminator: /discriminator/propertyName changed to "a2"',
        'discriminator: /discriminator/mapping/b removed',
        'discriminator: /discriminator/mapping/b changed to "#/components/schemas/Other"',
      ],
    ],
    [
      { 'x-line-schema': { $ref: '#/components/schemas/X' } },
      ['reference: /x-line-schema removed', 'reference: /x-line-schema/$ref removed'],
    ],
    // The name of a property is not a keyword.
    [
      { properties: { type: {} }, required: ['type'], additionalProperties: false },
      [
        'additionalProperties: /additionalProperties changed to true',
        'property: /properties/type removed',
        'required: /required/0 removed',
      ],
    ],
  ])('%j', (schema, expected) => {
    const at = expected.map((each) => each.replace(': ', ': /components/schemas/X'));
    expect(linesOf({ components: { schemas: { X: schema } } })).toEqual(at.sort());
  });
});

it('every other part of a document has mutants', () => {
  const $ref = (pointer: string) => ({ $ref: `#/components/${pointer}` });
  const json = (media: object) => ({ 'application/json': media });
  const flow = { tokenUrl: 'https://t', authorizationUrl: 'https://u', scopes: { read: '' } };
  const document = {
    openapi: '3.1.1',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: {},
    servers: [{ url: 'https://a' }],
    security: [{ token: ['read'] }],
    paths: {
      '/a': {
        post: {
          operationId: 'start',
          parameters: [{ name: 'id', in: 'header', required: true, schema: {} }],
          requestBody: { required: true, content: json({ schema: $ref('schemas/A'), examples: { e: { value: 1 } } }) },
          responses: {
            200: { headers: { Location: { schema: {} } }, content: json({}) },
            204: {},
            404: $ref('responses/N'),
          },
        },
      },
    },
    components: {
      schemas: { A: {}, B: {} },
      responses: { N: { content: {} } },
      securitySchemes: { token: { type: 'oauth2', flows: { authorizationCode: flow } } },
    },
  };
  expect(linesOf(document)).toEqual(
    `body: /paths/~1a/post/requestBody removed
body: /paths/~1a/post/requestBody/content/application~1json/schema removed
dialect: /jsonSchemaDialect changed to "https://spec.openapis.org/oas/3.1/dialect/base"
dialect: /jsonSchemaDialect removed
dialect: /openapi changed to "3.0.3"
example: /paths/~1a/post/requestBody/content/application~1json/examples/e removed
header: /paths/~1a/post/responses/200/headers Location changed to Location-other
header: /paths/~1a/post/responses/200/headers/Location removed
media type: /components/responses/N/content removed
media type: /paths/~1a/post/requestBody/content application/json changed to text/plain
media type: /paths/~1a/post/responses/200/content application/json changed to text/plain
media type: /paths/~1a/post/responses/200/content removed
media type: /paths/~1a/post/responses/204/content body added
method: /paths/~1a post changed to get
operationId: /paths/~1a/post/operationId changed to "start2"
parameter: /paths/~1a/post/parameters/0 removed
parameter: /paths/~1a/post/parameters/0/in changed to "query"
parameter: /paths/~1a/post/parameters/0/name changed to "id-other"
path: /paths /a changed to /as
reference: /paths/~1a/post/requestBody/content/application~1json/schema/$ref changed to "#/components/schemas/B"
reference: /paths/~1a/post/requestBody/content/application~1json/schema/$ref removed
reference: /paths/~1a/post/responses/404/$ref removed
required: /paths/~1a/post/parameters/0/required made optional
required: /paths/~1a/post/requestBody/required made optional
required: /paths/~1a/post/responses/200/headers/Location/required made required
security: /components/securitySchemes/token changed to apiKey
security: /components/securitySchemes/token changed to basic
security: /components/securitySchemes/token/flows/authorizationCode removed
security: /components/securitySchemes/token/flows/authorizationCode/authorizationUrl changed to "https://u/other"
security: /components/securitySchemes/token/flows/authorizationCode/scopes/read removed
security: /components/securitySchemes/token/flows/authorizationCode/tokenUrl changed to "https://t/other"
security: /paths/~1a/post/security changed to []
security: /security/- made optional
security: /security/0 removed
security: /security/0/token/0 removed
server: /servers/0 removed
server: /servers/0/url changed to "https://a/other"
status: /paths/~1a/post/responses/200 removed
status: /paths/~1a/post/responses/204 removed
status: /paths/~1a/post/responses/404 removed
status: /paths/~1a/post/responses/418 foreign status added
type: /paths/~1a/post/parameters/0/schema removed
type: /paths/~1a/post/responses/200/headers/Location/schema removed`.split('\n'),
  );
});

it('a keyword without a known mutation throws an error', () => {
  const unknown = { components: { schemas: { X: { properties: { a: { maxContains: 1 } } } } } };
  expect(() => [...mutants(unknown)]).toThrow(
    '/components/schemas/X/properties/a: no mutation is known for "maxContains"',
  );
});

it('each mutant of the contract is a different document with a unique name', () => {
  const before = JSON.stringify(spec);
  const all = [...mutants(spec)];
  expect(all.filter((mutant) => JSON.stringify(mutant.apply(spec)) === before)).toEqual([]);
  expect(JSON.stringify(spec)).toBe(before);
  expect(new Set(all.map(({ pointer, change }) => `${pointer} ${change}`)).size).toBe(all.length);
});
