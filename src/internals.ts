import type { Manifest } from '../generated/index.ts';
import type { BlobAccess, BlobOptions } from './blob.ts';
import type { UnbilledUsageClient } from './client.ts';
import { InvalidRequestError } from './errors.ts';
import type { ExportHandle } from './export-handle.ts';
import type { WaitOptions } from './export-operation.ts';
import { quote } from './redact.ts';

/** What other entries of this package need of a client. */
interface Internals {
  open: (source: ExportHandle | Manifest, options: WaitOptions) => Promise<BlobAccess>;
  transfer: Pick<BlobOptions, 'fetch' | 'timeoutMs' | 'retry'>;
}

export const internals = new WeakMap<UnbilledUsageClient, Internals>();

/** @throws {@link InvalidRequestError} for a client that this package has not made */
export function internalsOf(client: UnbilledUsageClient): Internals {
  const found = internals.get(client);
  if (found) return found;
  throw new InvalidRequestError('client', quote(client), 'what createUnbilledUsageClient returned');
}
