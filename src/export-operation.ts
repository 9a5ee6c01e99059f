import { getOperation, type Operation, type PublicError } from '../generated/index.ts';
import type { Bounds } from './delay.ts';
import { ContractError } from './errors.ts';
import type { ExportHandle, ExportStatus } from './export.ts';
import { ask, type Graph, parseJson } from './graph.ts';
import { checkManifest, fetchManifest, linkedManifest } from './manifest.ts';
import { quote } from './redact.ts';
import { parseRetryAfter } from './retry.ts';

/**
 * Polls an export once. If its operation links to a manifest, fetches that too.
 *
 * @throws A {@link ContractError}, or what a request to Microsoft Graph throws
 * @see https://learn.microsoft.com/graph/api/partners-billing-operation-get
 */
export async function getExport(graph: Graph, handle: ExportHandle, bounds: Bounds): Promise<ExportStatus> {
  const answer = await ask(getOperation, { path: { operationId: handle.operationId } }, graph, bounds);
  const operation = parseJson(answer, handle) as Operation;
  const state = stateOf(operation, handle);
  if (state === 'running') return { state, operation, retryAfterMs: parseRetryAfter(answer.headers) };
  if (state === 'failed') return { state, operation, error: publicErrorOf(operation, handle) };
  const manifestId = linkedManifest(operation, handle);
  const manifest = manifestId
    ? await fetchManifest(graph, manifestId, bounds, handle)
    : checkManifest((operation as { resourceLocation?: unknown }).resourceLocation, graph.baseUrl, handle);
  return { state, operation, manifest };
}

type State = ExportStatus['state'];

/** Does not compile unless it lists every type of the contract. */
const stateOfType = mapOf<Operation['@odata.type']>({
  '#microsoft.graph.partners.billing.runningOperation': 'running',
  '#microsoft.graph.partners.billing.exportSuccessOperation': 'succeeded',
  '#microsoft.graph.partners.billing.failedOperation': 'failed',
});

const stateOfStatus = mapOf({
  notstarted: 'running',
  running: 'running',
  processing: 'running',
  completed: 'succeeded',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'failed',
  skipped: 'failed',
});

/** Unlike an object, a map does not find names such as `constructor`. */
function mapOf<Name extends string>(states: Record<Name, State>): Map<unknown, State> {
  return new Map(Object.entries<State>(states));
}

/**
 * Returns the state of an operation. A known `@odata.type` decides, or else a known `status` in any case.
 *
 * @throws A {@link ContractError} if neither is known
 * @see https://learn.microsoft.com/graph/api/resources/partners-billing-operation
 */
export function stateOf(operation: unknown, handle: ExportHandle): State {
  const { '@odata.type': type, status } = (operation ?? {}) as Partial<Operation>;
  const state = stateOfType.get(type) ?? stateOfStatus.get(typeof status === 'string' && status.toLowerCase());
  if (state) return state;
  throw new ContractError(
    'operation',
    `has an unknown @odata.type (${quote(type)}) and status (${quote(status)})`,
    handle,
  );
}

/** @throws A {@link ContractError} if a failed operation has no error */
export function publicErrorOf(operation: Operation, handle: ExportHandle): PublicError {
  const { error } = operation as { error?: PublicError };
  if (typeof error?.code === 'string') return error;
  throw new ContractError('operation.error', 'is missing', handle);
}
