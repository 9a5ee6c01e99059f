import { Ajv, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { distFiles } from '../../spec/build/dist-files.ts';

type Kind = 'schemas' | 'headers' | 'parameters';

const files = distFiles();
// biome-ignore lint/suspicious/noExplicitAny: OpenAPI documents are walked by the names of their own format.
type Json = any;
const json = (path: string): Json => JSON.parse(Buffer.from(files[path] ?? '').toString());
const openapi31 = json('openapi.json');
const openapi30 = json('openapi-3.0.json');

const ofDocument = (ajv: Ajv, document: Json) => {
  addFormats.default(ajv);
  ajv.addVocabulary([...Object.keys(document), 'discriminator', 'example']);
  ajv.addVocabulary(['x-extensible-enum', 'x-attribute-sets', 'x-line-schema']);
  return ajv.addSchema(document, 'contract');
};

const draft2020 = () => new Ajv2020({ strictTypes: false }) as unknown as Ajv;
const by31 = ofDocument(draft2020(), openapi31);
const byLooser31 = ofDocument(
  draft2020(),
  JSON.parse(JSON.stringify(openapi31, (key, value) => (key === 'pattern' ? undefined : value))),
);
/** Valid OpenAPI 3.0, which another test checks, has no keyword that this draft interprets differently. */
const by30 = ofDocument(new Ajv({ strictTypes: false }), openapi30);

const decimals = Object.entries<Json>(openapi30.components.schemas.UsageLineItem.properties).flatMap(
  ([name, { type }]) => (type === 'number' ? [name] : []),
);

/** The values on which the OpenAPI 3.0 copy differs on purpose: see `toOpenApi30`. */
const differences: Record<string, (value: Json) => boolean> = {
  // The copy does not require either of the two ways to the manifest.
  Operation: (value) =>
    /exportSuccess/.test(value?.['@odata.type']) && !/"resourceLocation/.test(JSON.stringify(value)),
  // It has one spelling of each property.
  GraphError: (value) => value?.error?.innererror !== undefined,
  UsageLineItem: (value) =>
    ['BenefitID', 'BenefitOrderID', 'ResourceUri'].some((name) => value?.[name] !== undefined) ||
    // Its decimals are never strings.
    decimals.some((name) => typeof value?.[name] === 'string'),
};

/** A component of the contract and of a copy. */
type Pair = [contract: ValidateFunction, copy: ValidateFunction, differs?: ((value: Json) => boolean) | undefined];

const pairs = new Map<string, Pair[]>();

/** Returns the copies of a component. Its JSON Schema is compiled without the others. */
function pairsOf(kind: Kind, name: string): Pair[] {
  const known = pairs.get(`${kind}/${name}`);
  if (known) return known;
  const $ref = `contract#/components/${kind}/${name}${kind === 'schemas' ? '' : '/schema'}`;
  const list: Pair[] = [];
  if (kind === 'schemas') {
    const alone = new Ajv2020({ allowUnionTypes: true });
    addFormats.default(alone);
    list.push([by31.compile({ $ref }), alone.compile(json(`schemas/${name}.json`))]);
  }
  if (openapi30.components[kind][name]) {
    // The OpenAPI 3.0 copy has no patterns.
    list.push([byLooser31.compile({ $ref }), by30.compile({ $ref }), differences[name]]);
  }
  pairs.set(`${kind}/${name}`, list);
  return list;
}

/** Returns the verdicts of the contract and of a copy, which is asked only where it does not differ on purpose. */
function verdictsOf([contract, copy, differs]: Pair, value: unknown): [boolean, boolean] {
  const verdict = contract(value);
  return [verdict, differs?.(value) ? verdict : copy(value)];
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
      for (const pair of pairsOf(kind, name)) {
        expect(verdictsOf(pair, value)).toEqual([true, true]);
        let rejections = 0;
        for (const other of variants(value)) {
          const [verdict, ofCopy] = verdictsOf(pair, other);
          if (verdict !== ofCopy) expect(ofCopy, JSON.stringify(other)).toBe(verdict);
          if (!verdict) rejections += 1;
        }
        expect(rejections).toBeGreaterThan(3);
      }
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
    const [[contract, copy] = [], ofLooser] = pairsOf('schemas', name);
    expect([contract?.(value), copy?.(value)]).toEqual([verdict, verdict]);
    if (ofLooser) expect(new Set(verdictsOf(ofLooser, value)).size).toBe(1);
  });

  it.each<[string, string, unknown, boolean]>([
    ['Operation', 'a success without any manifest', operation, true],
    ['GraphError', 'another spelling of a property', { error: { ...error, innererror: 1 } }, true],
    ['UsageLineItem', 'another spelling of an attribute', { BenefitID: 1 }, true],
    ['UsageLineItem', 'a decimal as a string', { UnitPrice: '1.5' }, false],
    ['UsageLineItem', 'a missing decimal', { UnitPrice: '' }, false],
  ])('except on %s for %s', (name, _, value, verdict) => {
    expect(differences[name]?.(value)).toBe(true);
    const [, [contract, copy] = []] = pairsOf('schemas', name);
    expect([contract?.(value), copy?.(value)]).toEqual([!verdict, verdict]);
  });
});
