import { expect, it } from 'vitest';
import { contract } from '../../spec/build/contract.ts';

const { responses } = contract.paths['/reports/partners/billing/operations/{operationId}'].get;

it('the links of an operation lead to itself and to the manifest that it contains', () => {
  expect(responses[200].links).toEqual({
    operation: {
      operationId: 'getOperation',
      description: expect.any(String),
      parameters: { operationId: '$response.body#/id' },
    },
    manifest: {
      operationId: 'getManifest',
      description: expect.any(String),
      parameters: { manifestId: '$response.body#/resourceLocation/id' },
    },
  });
});
