import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { createClient, createConfig } from '../../generated/client/index.ts';
import * as generated from '../../generated/index.ts';
import type { Json } from '../../spec/document.ts';
import { spec } from '../kit/document/document.ts';
import { prismUrl } from '../support/servers.ts';

// The wrapper calls the generated functions with its own transport. These tests call them with the generated client, as
// users of `partner-unbilled-usage/generated` do. The observer checks each exchange against the contract.

const client = createClient(createConfig({ baseUrl: prismUrl(), auth: 'test-token' }));

type Result = { data?: unknown; error?: unknown; response?: Response };

const calls: Record<string, (headers: Record<string, string>) => Promise<Result>> = {
  exportUnbilledUsage: (headers) =>
    generated.exportUnbilledUsage({ client, headers, body: { currencyCode: 'USD', billingPeriod: 'last' } }),
  getOperation: (headers) => generated.getOperation({ client, headers, path: { operationId: 'a b' } }),
  getManifest: (headers) => generated.getManifest({ client, headers, path: { manifestId: 'a b' } }),
};

const documented = Object.values<Json>(spec.paths).flatMap(({ get, post }) => {
  const { operationId, responses } = post ?? get;
  return Object.keys(responses).map((status) => [status, operationId]);
});

it.each(documented)('the generated client returns the %s of %s', async (status, operationId) => {
  const headers = { prefer: `code=${status}`, 'client-request-id': randomUUID() };
  const { data, error, response } = (await calls[operationId]?.(headers)) ?? {};
  expect(response?.status).toBe(Number(status));
  if (response?.ok) expect([data, error]).toEqual([expect.any(Object), undefined]);
  else expect([data, error]).toEqual([undefined, { error: expect.objectContaining({ code: expect.any(String) }) }]);
});
