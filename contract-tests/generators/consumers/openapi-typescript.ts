import createClient from 'openapi-fetch';
import type { components, paths } from './contract.ts';
import { parseExactly } from './exact.ts';

export { tell } from './union.ts';

export type Operation = components['schemas']['Operation'];

export const readOperation = (json: string): Operation => JSON.parse(json);

export function amountOf(line: string): number | string | undefined {
  const item = parseExactly(line) as components['schemas']['UsageLineItem'];
  return item.BillingPreTaxTotal;
}

const newId = () => ({ 'client-request-id': crypto.randomUUID() });

export function clientOf(baseUrl: string) {
  const client = createClient<paths>({ baseUrl, headers: { Authorization: 'Bearer any' } });
  return {
    async start(): Promise<string | null> {
      const { response } = await client.POST('/reports/partners/billing/usage/unbilled/export', {
        params: { header: newId() },
        // Does not compile if attributeSet is required.
        body: { currencyCode: 'USD', billingPeriod: 'last' },
      });
      return response.headers.get('Location');
    },
    async poll(operationId: string): Promise<Operation | undefined> {
      const path = '/reports/partners/billing/operations/{operationId}';
      return (await client.GET(path, { params: { path: { operationId }, header: newId() } })).data;
    },
  };
}
