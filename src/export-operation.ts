import type { Manifest, Operation, PublicError } from '../generated/index.ts';
import { checkDuration, DeadlinePassed, delay, withinDeadline } from './delay.ts';
import { ContractError, ExportFailedError, WaitTimeoutError } from './errors.ts';
import type { ExportHandle } from './export-handle.ts';
import { quote, redact } from './redact.ts';
import { backOff } from './retry.ts';

/** What one poll says. `retryAfterMs` is how long the service asks to wait before the next one, in ms. */
export type ExportStatus =
  | { state: 'running'; operation: Operation; retryAfterMs?: number | undefined }
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
  const state = stateOfType.get(type) ?? stateOfStatus.get(typeof status === 'string' && status.toLowerCase());
  if (state) return state;
  throw new ContractError(
    'operation',
    `has an unknown @odata.type (${quote(type)}) and status (${quote(status)})`,
    handle,
  );
}

/** @throws {@link ContractError} when a failed operation does not say why */
export function publicErrorOf(operation: Operation, handle: ExportHandle): PublicError {
  const { error } = operation as { error?: PublicError };
  if (typeof error?.code === 'string') return error;
  throw new ContractError('operation.error', 'is missing', handle);
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

/** Returns what an error may hold of a poll. Even a running operation could embed a manifest, and so a SAS. */
function withoutSecrets(status: ExportStatus): ExportStatus {
  const operation: Record<string, string> = {};
  for (const [name, value] of Object.entries(status.operation)) {
    if (/^(@odata.type|id|status|(created|lastAction)DateTime)$/.test(name) && typeof value === 'string')
      operation[name] = redact(value);
  }
  return { ...status, operation } as unknown as ExportStatus;
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
      const wait = Math.max(backOff(n, policy, last.retryAfterMs), Math.min(pollIntervalMs, 1_000));
      await delay(withinDeadline(wait, { deadline }), options);
    }
  } catch (error) {
    if (error instanceof DeadlinePassed)
      throw new WaitTimeoutError(handle, timeoutMs, last && withoutSecrets(last), error.cause);
    throw error;
  }
}
