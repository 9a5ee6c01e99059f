import { Ajv, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { distFiles } from '../../spec/build/dist-files.ts';
import { openApi30Files } from '../../spec/build/openapi-3.0.ts';

type Kind = 'schemas' | 'headers' | 'parameters';

const files = { ...distFiles(), ...openApi30Files() };
// biome-ignore lint/suspicious/noExplicitAny: OpenAPI documents are walked by the names of their own format.
type Json = any;
const json = (path: string): Json => JSON.parse(Buffer.from(files[path] ?? '').toString());
const openapi31 = json('openapi.json');

const ofDocument = (ajv: Ajv, document: Json) => {
  addFormats.default(ajv);
  ajv.addVocabulary([...Object.keys(document), 'discriminator', 'example']);
  ajv.addVocabulary(['x-extensible-enum', 'x-attribute-sets', 'x-line-schema']);
  return ajv.addSchema(document, 'contract');
};

/** Valid OpenAPI 3.0, which another test checks, has no keyword that this draft interprets differently. */
const by31 = ofDocument(new Ajv2020({ strictTypes: false }) as unknown as Ajv, openapi31);
const by30 = ofDocument(new Ajv({ strictTypes: false }), json('openapi-3.0.json'));

const validators = new Map<string, ValidateFunction[]>();

/** Returns the validators of a component from each document. The JSON Schema is compiled without the others. */
function validatorsOf(kind: Kind, name: string): ValidateFunction[] {
  const known = validators.get(`${kind}/${name}`);
  if (known) return known;
  const $ref = `contract#/components/${kind}/${name}${kind === 'schemas' ? '' : '/schema'}`;
  const list = [by31.compile({ $ref }), by30.compile({ $ref })];
  if (kind === 'schemas') {
    const alone = new Ajv2020({ allowUnionTypes: true });
    addFormats.default(alone);
    list.push(alone.compile(json(`schemas/${name}.json`)));
  }
  validators.set(`${kind}/${name}`, list);
  return list;
}

/** Generates the named examples of all bodies with their schemas. */
function* bodies(): Generator<[Kind, string, string, unknown]> {
  const follow = (node: Json): Json =>
    node.$ref
      ? node.$ref
          .slice(2)
          .split('/')
          .reduce((parent: Json, key: string) => parent[key], openapi31)
      : node;
  for (const { requestBody, responses } of Object.values<Json>(openapi31.paths).flatMap(Object.values<Json>)) {
    for (const { content } of [requestBody ?? {}, ...Object.values(responses).map(follow)]) {
      const { schema, examples = {} } = content?.['application/json'] ?? {};
      for (const name of Object.keys(examples)) {
        yield ['schemas', schema.$ref.split('/').at(-1), name, follow(examples[name]).value];
      }
    }
  }
}

function* headersAndParameters(): Generator<[Kind, string, string, unknown]> {
  for (const kind of ['headers', 'parameters'] as const) {
    for (const [name, { example, examples }] of Object.entries<Json>(openapi31.components[kind])) {
      if (example !== undefined) yield [kind, name, 'its example', example];
      for (const [each, { value }] of Object.entries<Json>(examples ?? {})) yield [kind, name, each, value];
    }
  }
}

function* lineItems(): Generator<[Kind, string, string, unknown]> {
  for (const path of Object.keys(files).filter((each) => each.endsWith('.jsonl'))) {
    const lines = Buffer.from(files[path] ?? '')
      .toString()
      .trimEnd()
      .split('\n');
    for (const [i, line] of lines.entries()) {
      yield ['schemas', 'UsageLineItem', `line ${i + 1} of ${path.slice(9, 19)}`, JSON.parse(line)];
    }
  }
}

/** Generates variants of a value in which one part is missing or replaced. */
function* variants(value: unknown): Generator<unknown> {
  yield* [null, true, 7, -1, '', '0', 'x', '1.5', 'https://x', [], {}, [7]];
  if (Array.isArray(value)) {
    for (const [i, part] of value.entries()) {
      yield value.toSpliced(i, 1);
      for (const other of variants(part)) yield value.with(i, other);
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, part] of Object.entries(value)) {
      yield { ...value, [key]: undefined };
      for (const other of variants(part)) yield { ...value, [key]: other };
    }
  }
}

describe('the 3.1 document, its 3.0 copy and the JSON Schemas agree', () => {
  it.each([...bodies(), ...headersAndParameters(), ...lineItems()])(
    'that for %s/%s, %s is valid, and on each variant of it',
    (kind, name, _, value) => {
      const validators = validatorsOf(kind, name);
      expect(validators.map((validate) => validate(value))).toEqual(validators.map(() => true));
      let rejections = 0;
      for (const other of variants(value)) {
        const [verdict, ...others] = validators.map((validate) => validate(other));
        if (others.some((each) => each !== verdict))
          expect(others, JSON.stringify(other)).toEqual(others.map(() => verdict));
        if (!verdict) rejections += 1;
      }
      expect(rejections).toBeGreaterThan(5);
    },
  );

  const operation = { '@odata.type': '#microsoft.graph.partners.billing.exportSuccessOperation', id: '1', status: 'x' };
  const link = 'resourceLocation@odata.navigationLink';
  const manifest = { rootDirectory: 'https://x', sasToken: 'x', blobs: [] };
  const error = { code: 'x', message: 'x' };
  it.each<[boolean, string, string, unknown]>([
    [false, 'Operation', 'a success without any manifest', operation],
    [true, 'Operation', 'a success with a link', { ...operation, [link]: '/reports/partners/billing/manifests/1' }],
    [false, 'Operation', 'a success with a link to something else', { ...operation, [link]: '/x' }],
    [false, 'Operation', 'a success whose manifest is null', { ...operation, resourceLocation: null }],
    [
      false,
      'Operation',
      'a type that is not one of the three',
      { ...operation, '@odata.type': '#x', resourceLocation: manifest },
    ],
    [true, 'Manifest', 'the smallest manifest', manifest],
    [false, 'Manifest', 'a blob count below 0', { ...manifest, blobCount: -1 }],
    [true, 'PublicError', 'null where it is allowed', { ...error, target: null, details: null, innerError: null }],
    [false, 'PublicError', 'null as a code', { ...error, code: null }],
    [false, 'InnerError', 'null as a date', { date: null }],
    [false, 'Decimal', 'null', null],
    [true, 'Decimal', 'an empty text', ''],
    [true, 'Decimal', 'a number', 1e-7],
    [true, 'Decimal', 'a number in quotes', '-1.5E-7'],
    [false, 'Decimal', 'a word', 'free'],
    [false, 'DateTime', 'a date without a time', '2024-10-01'],
    [true, 'DateTime', 'no offset', '2023-03-09T08:12:53'],
    [
      false,
      'UnbilledUsageExportRequest',
      'a period that does not exist',
      { currencyCode: 'USD', billingPeriod: 'next' },
    ],
  ])('on %s for %s: %s', (verdict, name, _, value) => {
    const validators = validatorsOf('schemas', name);
    expect(validators.map((validate) => validate(value))).toEqual([verdict, verdict, verdict]);
  });
});
