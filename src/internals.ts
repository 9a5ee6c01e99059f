import { InvalidRequestError } from './errors.ts';
import type { Graph } from './graph.ts';
import { quote } from './redact.ts';
import type { Transfer } from './retry.ts';

/** What other entries of this package need of a client. */
interface Internals {
  graph: Graph;
  transfer: Transfer;
}

export const internals = new WeakMap<object, Internals>();

/** @throws {@link InvalidRequestError} for a client that this package has not made */
export function internalsOf(client: object): Internals {
  const found = internals.get(client);
  if (found) return found;
  throw new InvalidRequestError('client', quote(client), 'what createUnbilledUsageClient returned');
}
