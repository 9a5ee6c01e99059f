import { setTimeout } from 'node:timers/promises';
import { NoAnswerError, reason } from './no-answer-error.ts';

const INTERVAL_MS = 250;
/** The longest wait for one answer, in ms. */
const PATIENCE_MS = 5_000;

/** Waits until a service gives any answer, for `ms` at most. Throws `NoAnswerError` if there is none. */
export async function waitForService(baseUrl: string, ms: number, fetch: typeof globalThis.fetch): Promise<void> {
  const end = performance.now() + ms;
  for (;;) {
    try {
      const response = await fetch(baseUrl, { redirect: 'manual', signal: AbortSignal.timeout(PATIENCE_MS) });
      await response.body?.cancel();
      return;
    } catch (error) {
      if (performance.now() + INTERVAL_MS > end) {
        throw new NoAnswerError(`No answer from ${baseUrl} within ${ms / 1_000} s: ${reason(error)}`, { cause: error });
      }
      await setTimeout(INTERVAL_MS);
    }
  }
}
