import { excerpt, printable } from '../document/quote.ts';

/** The service did not answer a request, or not in time. The message is one line. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';

  constructor(message: string, options?: ErrorOptions) {
    super(printable(message), options);
  }

  /** Returns the error for a request, such as `GET http://127.0.0.1/`. */
  static to(request: string, cause: unknown, deadline: AbortSignal): NoAnswerError {
    const why = deadline.aborted ? ' before the timeout.' : `: ${reason(cause)}`;
    return new NoAnswerError(`No answer to ${request}${why}`, { cause });
  }
}

/** Returns the message of an error, or of its cause, where `fetch` keeps the reason. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return excerpt(String(error));
  // A host with several addresses fails with an error for each of them.
  const first = error instanceof AggregateError ? error.errors[0] : error.cause;
  return first ? reason(first) : excerpt(error.message);
}
