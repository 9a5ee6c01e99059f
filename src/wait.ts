import type { Manifest } from '../generated/index.ts';
import { type Bounds, checkDuration, DeadlinePassed, delay, withinDeadline } from './delay.ts';
import { ExportFailedError, WaitTimeoutError } from './errors.ts';
import type { ExportHandle, ExportStatus } from './export.ts';
import { checkHandle } from './export-handle.ts';
import { getExport } from './export-operation.ts';
import type { Graph } from './graph.ts';
import { checkOptions } from './options.ts';
import { redact } from './redact.ts';
import { backOff } from './retry.ts';

/** How long to wait for an export, and how often to poll. */
export interface WaitOptions {
  /** Aborts the call, which throws its reason. */
  signal?: AbortSignal | undefined;
  /** The longest wait, in ms. Default 3,600,000 (one hour). `Infinity` is allowed. */
  timeoutMs?: number | undefined;
  /**
   * The first wait between polls, in ms, if the service does not send `Retry-After`. Default 5,000. The wait doubles
   * with each poll, up to a minute, and is shortened by up to half at random. No wait is shorter than a second, or than
   * this value if that is less.
   */
  pollIntervalMs?: number | undefined;
  /**
   * Called and awaited after each poll. If it throws or rejects, so does the wait. The last status of a successful export
   * contains the SAS, a secret.
   */
  onPoll?: ((status: ExportStatus) => void) | ((status: ExportStatus) => Promise<void>) | undefined;
}

/** The limits of a wait that has begun. */
interface Wait extends Bounds {
  timeoutMs: number;
  pollIntervalMs: number;
  onPoll?: WaitOptions['onPoll'];
}

/** Checks the options of a wait and starts its clock. @throws An {@link InvalidRequestError} */
export function beginWait(options: WaitOptions): Wait {
  const { timeoutMs = 3_600_000, pollIntervalMs = 5_000 } = checkOptions(options);
  return {
    ...options,
    timeoutMs: checkDuration('timeoutMs', timeoutMs),
    pollIntervalMs: checkDuration('pollIntervalMs', pollIntervalMs),
    deadline: performance.now() + timeoutMs,
  };
}

/**
 * Returns the part of a status that an error may contain. Even a running operation could embed a manifest with its SAS.
 */
function withoutSecrets(status: ExportStatus): ExportStatus {
  const operation: Record<string, string> = {};
  for (const [name, value] of Object.entries(status.operation)) {
    if (/^(@odata.type|id|status|(created|lastAction)DateTime)$/.test(name) && typeof value === 'string')
      operation[name] = redact(value);
  }
  return { ...status, operation } as unknown as ExportStatus;
}

/**
 * Polls until the export ends, and resolves with its manifest.
 *
 * @throws An {@link InvalidRequestError}, {@link ExportFailedError}, {@link WaitTimeoutError}, and what `getExport` throws
 */
export async function waitForExport(graph: Graph, source: ExportHandle | string, wait: Wait): Promise<Manifest> {
  const handle = checkHandle(source, graph.baseUrl);
  const { timeoutMs, pollIntervalMs, onPoll } = wait;
  const policy = { baseDelayMs: pollIntervalMs, maxDelayMs: Math.max(pollIntervalMs, 60_000) };
  let last: ExportStatus | undefined;
  try {
    for (let n = 1; ; n++) {
      last = await getExport(graph, handle, wait);
      await onPoll?.(last);
      if (last.state === 'succeeded') return last.manifest;
      if (last.state === 'failed') throw new ExportFailedError(handle, last.error);
      // With a Retry-After of 0, the loop would never pause.
      const pauseMs = Math.max(backOff(n, policy, last.retryAfterMs), Math.min(pollIntervalMs, 1_000));
      await delay(withinDeadline(pauseMs, wait), wait);
    }
  } catch (error) {
    if (error instanceof DeadlinePassed)
      throw new WaitTimeoutError(handle, timeoutMs, last && withoutSecrets(last), error.cause);
    throw error;
  }
}
