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

/** A wait that has begun. */
interface Wait extends Bounds {
  timeoutMs: number;
  pollIntervalMs: number;
  onPoll?: WaitOptions['onPoll'];
}

/** Begins a wait: its time runs from now on. @throws {@link InvalidRequestError} */
export function beginWait(options: WaitOptions): Wait {
  const { timeoutMs = 3_600_000, pollIntervalMs = 5_000 } = checkOptions(options);
  return {
    ...options,
    timeoutMs: checkDuration('timeoutMs', timeoutMs),
    pollIntervalMs: checkDuration('pollIntervalMs', pollIntervalMs),
    deadline: performance.now() + timeoutMs,
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
 * Polls until the export has ended, and resolves with its manifest.
 *
 * @throws {@link InvalidRequestError}, {@link ExportFailedError}, {@link WaitTimeoutError}, and what `getExport` throws
 */
export async function waitForExport(graph: Graph, given: ExportHandle | string, wait: Wait): Promise<Manifest> {
  const handle = checkHandle(given, graph.baseUrl);
  const { timeoutMs, pollIntervalMs, onPoll } = wait;
  const policy = { baseDelayMs: pollIntervalMs, maxDelayMs: Math.max(pollIntervalMs, 60_000) };
  let last: ExportStatus | undefined;
  try {
    for (let n = 1; ; n++) {
      last = await getExport(graph, handle, wait);
      await onPoll?.(last);
      if (last.state === 'succeeded') return last.manifest;
      if (last.state === 'failed') throw new ExportFailedError(handle, last.error);
      // A Retry-After of 0 must not become a loop without a pause.
      const pauseMs = Math.max(backOff(n, policy, last.retryAfterMs), Math.min(pollIntervalMs, 1_000));
      await delay(withinDeadline(pauseMs, wait), wait);
    }
  } catch (error) {
    if (error instanceof DeadlinePassed)
      throw new WaitTimeoutError(handle, timeoutMs, last && withoutSecrets(last), error.cause);
    throw error;
  }
}
