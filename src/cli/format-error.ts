/** The data cannot be had in a format without a loss. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}
