import type { Manifest } from '../generated/index.ts';
import type { BlobAccess } from './blob.ts';
import type { UnbilledUsageClient } from './client.ts';
import { InvalidRequestError } from './errors.ts';
import type { ExportHandle } from './export-handle.ts';
import type { WaitOptions } from './export-operation.ts';
import { quote } from './redact.ts';
import type { Transfer } from './retry.ts';

/** What other entries of this package need of a client. */
interface Internals {
  open: (source: ExportHandle | Manifest, options: WaitOptions) => Promise<BlobAccess>;
  transfer: Transfer;
}

export const internals = new WeakMap<UnbilledUsageClient, Internals>();

/** @throws {@link InvalidRequestError} for a client that this package has not made */
export function internalsOf(client: UnbilledUsageClient): Internals {
  const found = internals.get(client);
  if (found) return found;
  throw new InvalidRequestError('client', quote(client), 'what createUnbilledUsageClient returned');
}

/** @throws {@link InvalidRequestError} for what is neither a handle nor a manifest */
export function checkSource(source: ExportHandle | Manifest): void {
  if (typeof source === 'object' && source && ('operationId' in source || 'rootDirectory' in source)) return;
  throw new InvalidRequestError('source', quote(source), 'a handle or a manifest');
}
