import type { Operation } from './consumer.ts';

/** Says what an operation is. Does not compile unless the generated types tell the three apart. */
export function tell(operation: Operation): string {
  switch (operation['@odata.type']) {
    case '#microsoft.graph.partners.billing.runningOperation':
      return operation.status;
    case '#microsoft.graph.partners.billing.exportSuccessOperation':
      return 'resourceLocation' in operation && operation.resourceLocation
        ? `${operation.resourceLocation.blobs.length} blobs`
        : 'a link';
    case '#microsoft.graph.partners.billing.failedOperation':
      return operation.error.code;
    default:
      return operation satisfies never;
  }
}
