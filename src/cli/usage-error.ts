/** The command line is wrong. Nothing has been sent or written. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
