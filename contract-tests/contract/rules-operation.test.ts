import { describe, expect, it } from 'vitest';
import { at } from '../kit/document/document.ts';
import { problems } from '../kit/document/problems.ts';
import { describeObject } from '../support/describe-object.ts';
import { anObject, dateTime, type Kind, literal, manifestLink, someText } from '../support/documented-values.ts';

const namespace = '#microsoft.graph.partners.billing.';
const manifest = { rootDirectory: 'https://storage.example/a', sasToken: 'sig=x', blobs: [] };
const aManifest: Kind = {
  is: 'a manifest',
  takes: [manifest],
  refuses: [...anObject.refuses, {}, { ...manifest, blobs: 1 }],
};
const anError: Kind = {
  is: 'an error with a code and a message',
  takes: [{ code: '5000', message: 'No data available' }],
  refuses: [...anObject.refuses, {}, { code: '5000' }, { message: 'No.' }, { code: 5000, message: 'No.' }],
};

/** The three types, with the properties that each adds to the common ones. */
const types = {
  RunningOperation: { type: `${namespace}runningOperation`, adds: {} },
  ExportSuccessOperation: { type: `${namespace}exportSuccessOperation`, adds: { resourceLocation: manifest } },
  FailedOperation: { type: `${namespace}failedOperation`, adds: { error: { code: '5001', message: 'No.' } } },
} as const;
const link = 'resourceLocation@odata.navigationLink';

const common = {
  id: [someText, 'required'],
  createdDateTime: [dateTime, 'optional'],
  lastActionDateTime: [dateTime, 'optional'],
  status: [someText, 'required'],
} as const;
describeObject('OperationBase', { id: '1', status: 'running' }, common);

for (const [name, { type, adds }] of Object.entries(types)) {
  for (const schema of [name, 'Operation']) {
    describeObject(
      schema === name ? name : `${schema}, as ${name}`,
      { '@odata.type': type, id: '1', status: 'x', ...adds },
      {
        '@odata.type': [literal(type), 'required'],
        ...common,
        ...(name === 'FailedOperation' && { error: [anError, 'required'] as const }),
        ...(name === 'ExportSuccessOperation' && { resourceLocation: [aManifest, 'required'] as const }),
      },
      { schema },
    );
  }
}

describe('a success', () => {
  const { type } = types.ExportSuccessOperation;
  describeObject(
    'without an embedded manifest',
    { '@odata.type': type, id: '1', status: 'succeeded', [link]: '/reports/partners/billing/manifests/1' },
    { [link]: [manifestLink, 'required'] },
    { schema: 'ExportSuccessOperation' },
  );

  it('may have both an embedded manifest and a link', () => {
    const both = { resourceLocation: manifest, [link]: '/reports/partners/billing/manifests/1' };
    expect(
      problems('/components/schemas/Operation', { '@odata.type': type, id: '1', status: 'succeeded', ...both }),
    ).toEqual([]);
  });
});

it('the type of an operation selects its schema', () => {
  expect(at('/components/schemas/Operation').node.discriminator).toEqual({
    propertyName: '@odata.type',
    mapping: Object.fromEntries(
      Object.entries(types).map(([name, { type }]) => [type, `#/components/schemas/${name}`]),
    ),
  });
});

// An open list: new values are valid, but these are the ones in use today.
it('the contract lists the known statuses', () => {
  expect(at('/components/schemas/OperationBase/properties/status').node?.['x-extensible-enum']).toEqual([
    ...['notStarted', 'running', 'processing', 'completed', 'succeeded', 'failed', 'cancelled', 'skipped'],
    'unknownFutureValue',
  ]);
});
