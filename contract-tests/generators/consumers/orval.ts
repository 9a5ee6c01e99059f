import { parseExactly } from './exact.ts';
import { ExportUnbilledUsageBody } from './requests.ts';
import { Operation as OperationSchema, UsageLineItem } from './schemas/index.ts';

export { tell } from './union.ts';

export type Operation = ReturnType<typeof OperationSchema.parse>;

export const readOperation = (json: string): Operation => OperationSchema.parse(JSON.parse(json));

export const amountOf = (line: string): number | string | undefined =>
  UsageLineItem.parse(parseExactly(line)).BillingPreTaxTotal;

export const refuses = (request: object): boolean => !ExportUnbilledUsageBody.safeParse(request).success;
