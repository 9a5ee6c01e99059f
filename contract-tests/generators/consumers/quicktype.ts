import { Convert, type Operation, type UsageLineItem } from './contract.ts';
import { parseExactly } from './exact.ts';

export const readOperation = (json: string): Operation => Convert.toOperation(json);

/** The three operations are one type here, so that the properties of each are optional. */
export function tell(operation: Operation): string | undefined {
  switch (operation['@odata.type']) {
    case '#microsoft.graph.partners.billing.runningOperation':
      return operation.status;
    case '#microsoft.graph.partners.billing.exportSuccessOperation':
      return operation.resourceLocation ? `${operation.resourceLocation.blobs.length} blobs` : 'a link';
    case '#microsoft.graph.partners.billing.failedOperation':
      return operation.error?.code;
    default:
      return operation['@odata.type'] satisfies never;
  }
}

export function amountOf(line: string): number | string | undefined {
  const item = parseExactly(line) as UsageLineItem;
  return item.BillingPreTaxTotal;
}

export const roundedAmountOf = (line: string) => Convert.toUsageLineItem(line).BillingPreTaxTotal;
