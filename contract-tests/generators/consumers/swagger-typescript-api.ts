import { Api, type Operation, type UsageLineItem } from './contract.ts';
import { parseExactly } from './exact.ts';

export { tell } from './union.ts';
export type { Operation };

export const readOperation = (json: string): Operation => JSON.parse(json);

export function amountOf(line: string): number | string | undefined {
  const item = parseExactly(line) as UsageLineItem;
  return item.BillingPreTaxTotal;
}

const newId = () => ({ headers: { 'client-request-id': crypto.randomUUID() } });

export function clientOf(baseUrl: string) {
  const { reports } = new Api({ baseUrl, baseApiParams: { headers: { Authorization: 'Bearer any' } } });
  return {
    async start(): Promise<string | null> {
      const { headers } = await reports.exportUnbilledUsage({ currencyCode: 'USD', billingPeriod: 'last' }, newId());
      return headers.get('Location');
    },
    async poll(operationId: string): Promise<Operation> {
      return (await reports.getOperation(operationId, newId())).data;
    },
  };
}
