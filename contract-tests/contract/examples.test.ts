import { describe, expect, it } from 'vitest';
import { at, spec } from '../kit/document/document.ts';
import { escapePointer } from '../kit/document/pointer.ts';
import { problems } from '../kit/document/problems.ts';

/** Generates every example of a media type, header or parameter, with its schema and its value. */
function* examplesIn(pointer: string): Generator<[string, string, unknown]> {
  const { node } = at(pointer);
  if (typeof node !== 'object' || node === null) return;
  if (node.schema) {
    if ('example' in node) yield [`${pointer}/example`, `${pointer}/schema`, node.example];
    for (const name of Object.keys(node.examples ?? {})) {
      const example = `${pointer}/examples/${escapePointer(name)}`;
      yield [example, `${pointer}/schema`, at(example).node.value];
    }
  }
  for (const [key, child] of Object.entries<{ $ref?: string }>(node)) {
    const elsewhere = ['schema', 'schemas', 'example', 'examples'].includes(key) || child?.$ref;
    if (!elsewhere) yield* examplesIn(`${pointer}/${escapePointer(key)}`);
  }
}

describe('the example', () => {
  const all = ['/paths', '/components'].flatMap((part) => [...examplesIn(part)]);

  it.each(all)('%s is valid', (_, schema, value) => {
    expect(problems(schema, value)).toEqual([]);
  });

  it('exists for each body', () => {
    const bodies = all
      .filter(([pointer]) => pointer.includes('/content/'))
      .map(([pointer]) => pointer.split('/content/')[0]);
    expect(new Set(bodies).size).toBe(1 + 2 + 10);
  });
});

/** The examples that a request to the mock can select with `Prefer: example=…`. */
const named: Record<string, Record<string, object>> = {
  '/paths/~1reports~1partners~1billing~1usage~1unbilled~1export/post/requestBody': {
    currentFull: { currencyCode: 'USD', attributeSet: 'full', billingPeriod: 'current' },
    lastBasic: { currencyCode: 'INR', attributeSet: 'basic', billingPeriod: 'last' },
    defaults: { currencyCode: 'EUR', billingPeriod: 'last' },
  },
  '/paths/~1reports~1partners~1billing~1operations~1{operationId}/get/responses/200': {
    notStarted: { status: 'notStarted' },
    running: { status: 'running' },
    succeededEmbedded: { status: 'succeeded', resourceLocation: { blobCount: 2 } },
    succeededLinked: {
      status: 'succeeded',
      'resourceLocation@odata.navigationLink': expect.stringContaining('/reports/partners/billing/manifests/'),
    },
    completed: { status: 'completed', resourceLocation: { blobCount: 2 } },
    failedNoData: { status: 'failed', error: { code: '5000', message: 'No data available' } },
    failedOther: { status: 'failed', error: { code: '5001' } },
  },
  '/paths/~1reports~1partners~1billing~1manifests~1{manifestId}/get/responses/200': {
    manifest: { schemaVersion: '2', dataFormat: 'compressedJSON', partitionType: 'default' },
    manifestAsDocumented: { schemaVersion: '1', dataFormat: 'compressedJSONLines', partitionType: 'Default' },
  },
};

describe.each(Object.entries(named))('the examples of %s', (body, documented) => {
  const examples = `${body}/content/application~1json/examples`;

  it('have these names in this order', () => {
    expect(Object.keys(at(examples).node)).toEqual(Object.keys(documented));
  });

  it.each(Object.entries(documented))('%s', (name, expected) => {
    expect(at(`${examples}/${name}`).node.value).toMatchObject(expected);
  });
});

it('no example is unused', () => {
  const used = Object.values(named).flatMap((examples) => Object.keys(examples));
  expect(Object.keys(spec.components.examples).filter((name) => !used.includes(name))).toEqual([]);
});
