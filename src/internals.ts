import { InvalidRequestError } from './errors.ts';
import type { Graph } from './graph.ts';
import { quote } from './redact.ts';
import type { Transfer } from './retry.ts';

/** The parts of a client that the other entries of this package need. */
interface Internals {
  graph: Graph;
  transfer: Transfer;
}

export const internals = new WeakMap<object, Internals>();

/** @throws An {@link InvalidRequestError} if this package did not create the client */
export function internalsOf(client: object): Internals {
  const entry = internals.get(client);
  if (entry) return entry;
  throw new InvalidRequestError('client', quote(client), 'what createUnbilledUsageClient returned');
}
