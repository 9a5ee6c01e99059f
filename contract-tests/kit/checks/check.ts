import { problems } from '../document/problems.ts';
import type { Exchange } from './exchange.ts';
import type { Visit } from './visit.ts';

/** What is wrong with an answer. */
export interface Breach {
  /** A sentence with the received and the documented value. */
  problem: string;
  /** The exchange with the answer. */
  exchange?: Exchange | undefined;
}

/** One rule of the contract. */
export interface Check {
  name: string;
  /** Completes the sentence "The service …". */
  demands: string;
  /** The documentation of the rule. */
  see: string;
  /** Returns the breaches, or `undefined` if the visit found nothing to check. */
  breaches: (visit: Visit) => Breach[] | undefined;
  /** Returns why there is nothing to check. */
  without?: (visit: Visit) => string;
}

/** Returns a breach. */
export function breach(where: string, received: string, documented: string, exchange?: Exchange): Breach {
  return { problem: `${where}: received ${received}, documented ${documented}`, exchange };
}

/** Returns a breach for each part of a value that the schema at a pointer of the contract does not allow. */
export function schemaBreaches(where: string, pointer: string, value: unknown, exchange?: Exchange): Breach[] {
  return problems(pointer, value).map((problem) => ({ problem: where ? `${where} ${problem}` : problem, exchange }));
}

/** Returns why no operation could be polled. */
export function withoutOperation({ exportExchange: { status, headers }, operationId }: Visit): string {
  if (status !== 202) return `the export was answered with ${status} instead of 202, so no operation could be polled`;
  if (headers.get('location') === null) return 'the 202 had no Location, so no operation could be polled';
  if (operationId === undefined) return 'the Location names no operation, so none could be polled';
  return 'no poll was answered with an operation of a known type';
}

/** Returns why there is no manifest. */
export function withoutManifest(visit: Visit): string {
  const { polls, stillRunning, linkedManifest } = visit;
  if (stillRunning) return 'the operation did not end, so there is no manifest';
  const last = polls.at(-1);
  if (!last) return withoutOperation(visit);
  if (last.status !== 200) return `the last poll was answered with ${last.status}, so there is no manifest`;
  const type = String((last.json as Record<string, unknown> | undefined)?.['@odata.type'])
    .split('.')
    .at(-1);
  if (type === 'failedOperation') return 'the export failed, so there is no manifest';
  if (linkedManifest) return `the linked manifest was answered with ${linkedManifest.status}`;
  return 'the operation ended without a manifest';
}

export const documentation = {
  exportAction: 'https://learn.microsoft.com/graph/api/partners-billing-unbilledusage-export',
  operation: 'https://learn.microsoft.com/graph/api/partners-billing-operation-get',
  operationResource: 'https://learn.microsoft.com/graph/api/resources/partners-billing-operation',
  success: 'https://learn.microsoft.com/graph/api/resources/partners-billing-exportsuccessoperation',
  failure: 'https://learn.microsoft.com/graph/api/resources/partners-billing-failedoperation',
  manifest: 'https://learn.microsoft.com/graph/api/resources/partners-billing-manifest',
  errors: 'https://learn.microsoft.com/graph/errors',
  bestPractices: 'https://learn.microsoft.com/graph/best-practices-concept',
  longRunning: 'https://learn.microsoft.com/graph/long-running-actions-overview',
  retryAfter: 'https://www.rfc-editor.org/rfc/rfc9110#field.retry-after',
  sas: 'https://learn.microsoft.com/rest/api/storageservices/create-user-delegation-sas',
  getBlob: 'https://learn.microsoft.com/rest/api/storageservices/get-blob',
  conditions:
    'https://learn.microsoft.com/rest/api/storageservices/specifying-conditional-headers-for-blob-service-operations',
  gzip: 'https://www.rfc-editor.org/rfc/rfc1952',
  jsonLines: 'https://jsonlines.org',
} as const;
