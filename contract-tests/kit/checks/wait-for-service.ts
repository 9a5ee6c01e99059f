import { setTimeout } from 'node:timers/promises';
import { isTransient } from './ask.ts';
import { NoAnswerError, reason } from './no-answer-error.ts';

const INTERVAL_MS = 250;
/** The longest wait for one answer, in ms. */
const PATIENCE_MS = 5_000;

/**
 * Waits until a service answers, for `ms` at most. A gateway in front of it that answers 502, 503 or 504 does not count.
 * Throws `NoAnswerError` if there is no answer.
 */
export async function waitForService(baseUrl: string, ms: number, fetch: typeof globalThis.fetch): Promise<void> {
  const end = performance.now() + ms;
  for (;;) {
    try {
      const response = await fetch(baseUrl, { redirect: 'manual', signal: AbortSignal.timeout(PATIENCE_MS) });
      await response.body?.cancel();
      if (!isTransient(response.status)) return;
      throw new Error(`answered ${response.status}`);
    } catch (error) {
      if (performance.now() + INTERVAL_MS > end) {
        throw new NoAnswerError(`No answer from ${baseUrl} within ${ms / 1_000} s: ${reason(error)}`, { cause: error });
      }
      await setTimeout(INTERVAL_MS);
    }
  }
}
