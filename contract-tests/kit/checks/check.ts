import type { Visit } from './visit.ts';

/** One rule of the contract, with the name under which a service fails it. */
export interface Check {
  name: string;
  /** Completes the sentence "The service …". */
  demands: string;
  /** The documentation of the rule. */
  see: string;
  /** Returns a sentence for each breach, received beside documented, or `undefined` if the visit saw nothing to check. */
  breaches: (visit: Visit) => string[] | undefined;
  /** Why there may be nothing to check. */
  without?: string;
}

/** Writes the sentence of a breach. */
export function breach(where: string, received: string, documented: string): string {
  return `${where}: received ${received}, documented ${documented}`;
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
