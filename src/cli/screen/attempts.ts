import { type Attempt, GraphRequestError } from '../../index.ts';

/** How often the command sends a request. A blob gets further attempts while its data arrives. */
export const ATTEMPTS = 5;

/** Returns a line about a request for `--verbose`, with the IDs that Microsoft's support asks for. */
export function requestLine({ method, url, status, durationMs, clientRequestId, requestId }: Attempt): string {
  const duration = `${Math.round(durationMs).toLocaleString('en')} ms`;
  const ids = [clientRequestId && `client-request-id ${clientRequestId}`, requestId && `request-id ${requestId}`];
  return [`${method} ${url} ${status ?? 'no answer'} in ${duration}`, ...ids.filter(Boolean)].join(', ');
}

/** Returns a line about the wait before a retry. The wait comes before the reason, which can be longer than a line. */
export function retryLine({ method, url, attempt, error }: Attempt, wait: string): string {
  const which = attempt < ATTEMPTS ? ` ${attempt + 1} of ${ATTEMPTS}` : '';
  // The full message of this error has IDs and advice, which matter only if no retry helps.
  const why =
    error instanceof GraphRequestError
      ? `${method} ${new URL(url).pathname} answered ${error.status}`
      : (error as Error).message;
  return `retrying${which} in ${wait}: ${why}`;
}
