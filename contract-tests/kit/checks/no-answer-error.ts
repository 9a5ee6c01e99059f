import { excerpt, printable } from '../document/quote.ts';

/** The service did not answer a request, or not in time. The message is one line. */
export class NoAnswerError extends Error {
  override name = 'NoAnswerError';

  constructor(request: string, cause: unknown, deadline: AbortSignal) {
    const why = deadline.aborted ? ' before the timeout.' : `: ${reason(cause)}`;
    super(printable(`No answer to ${request}${why}`), { cause });
  }
}

/** Returns the message of an error, or of its cause, where `fetch` keeps the reason. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return excerpt(String(error));
  // A host with several addresses fails with an error for each of them.
  const first = error instanceof AggregateError ? error.errors[0] : error.cause;
  return first ? reason(first) : excerpt(error.message);
}
