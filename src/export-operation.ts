import type { Manifest, Operation, PublicError } from '../generated/index.ts';
import { checkDuration, DeadlinePassed, delay } from './delay.ts';
import { ContractError, ExportFailedError, WaitTimeoutError } from './errors.ts';
import type { ExportHandle } from './export-handle.ts';
import { quote } from './redact.ts';
import { backOff } from './retry.ts';

/** What one poll says. `retryAfterMs` is how long the service asks to wait before the next one, in ms. */
export type ExportStatus =
  | { state: 'running'; operation: Operation; retryAfterMs?: number }
  | { state: 'succeeded'; operation: Operation; manifest: Manifest }
  | { state: 'failed'; operation: Operation; error: PublicError };

const stateOfType = new Map<unknown, ExportStatus['state']>([
  ['#microsoft.graph.partners.billing.runningOperation', 'running'],
  ['#microsoft.graph.partners.billing.exportSuccessOperation', 'succeeded'],
  ['#microsoft.graph.partners.billing.failedOperation', 'failed'],
]);

const stateOfStatus = new Map<unknown, ExportStatus['state']>([
  ['notstarted', 'running'],
  ['running', 'running'],
  ['processing', 'running'],
  ['completed', 'succeeded'],
  ['succeeded', 'succeeded'],
  ['failed', 'failed'],
  ['cancelled', 'failed'],
  ['skipped', 'failed'],
]);

/**
 * The state of an operation: a known `@odata.type` decides, else a known `status`, whatever the case of its letters.
 *
 * @throws {@link ContractError} when neither is known
 * @see https://learn.microsoft.com/graph/api/resources/partners-billing-operation
 */
export function stateOf(operation: unknown, handle: ExportHandle): ExportStatus['state'] {
  const { '@odata.type': type, status } = (operation ?? {}) as Partial<Operation>;
  const state =
    stateOfType.get(type) ?? (typeof status === 'string' ? stateOfStatus.get(status.toLowerCase()) : undefined);
  if (state) return state;
  throw new ContractError(
    'operation',
    `has neither a known @odata.type (${quote(type)}) nor a known status (${quote(status)})`,
    handle,
  );
}

/** @throws {@link ContractError} when a failed operation does not say why */
export function publicErrorOf(operation: Operation, handle: ExportHandle): PublicError {
  const error = 'error' in operation ? operation.error : undefined;
  if (typeof error?.code === 'string') return error;
  throw new ContractError(
    'operation.error',
    `is missing, and the operation's status is ${quote(operation.status)}`,
    handle,
  );
}

/** How long to wait for the end of an export, and how often to ask. */
export interface WaitOptions {
  signal?: AbortSignal | undefined;
  /** The whole wait, in ms. Default 3,600,000, an hour. `Infinity` is allowed. */
  timeoutMs?: number | undefined;
  /**
   * The first wait between polls when the service does not say how long, in ms. Default 5,000. It doubles each time, to a
   * minute at most; up to half of each wait is taken off at random. No wait is shorter than this or a second.
   */
  pollIntervalMs?: number | undefined;
  /** Called, and waited for, with what each poll says. The last one of a success holds the SAS, a secret. */
  onPoll?: ((status: ExportStatus) => void) | undefined;
}

/** The options of a wait with their defaults. @throws {@link InvalidRequestError} */
export function checkWaitOptions(options: WaitOptions): { timeoutMs: number; pollIntervalMs: number } {
  return {
    timeoutMs: checkDuration('timeoutMs', options.timeoutMs ?? 3_600_000),
    pollIntervalMs: checkDuration('pollIntervalMs', options.pollIntervalMs ?? 5_000),
  };
}

/**
 * Polls until the export has ended.
 *
 * @throws {@link ExportFailedError}, {@link WaitTimeoutError}, and what `poll` throws
 */
export async function waitFor(
  handle: ExportHandle,
  poll: () => Promise<ExportStatus>,
  options: WaitOptions,
  deadline: number,
): Promise<Manifest> {
  const { timeoutMs, pollIntervalMs } = checkWaitOptions(options);
  const policy = { baseDelayMs: pollIntervalMs, maxDelayMs: Math.max(pollIntervalMs, 60_000) };
  let last: ExportStatus | undefined;
  try {
    for (let n = 1; ; n++) {
      last = await poll();
      await options.onPoll?.(last);
      if (last.state === 'succeeded') return last.manifest;
      if (last.state === 'failed') throw new ExportFailedError(handle, last.error);
      // A Retry-After of 0 must not become a loop without a pause.
      const wait = Math.max(last.retryAfterMs ?? backOff(n, policy), Math.min(pollIntervalMs, 1_000));
      await delay(wait, { signal: options.signal, deadline });
    }
  } catch (error) {
    if (error instanceof DeadlinePassed) throw new WaitTimeoutError(handle, timeoutMs, last, error.cause);
    throw error;
  }
}
