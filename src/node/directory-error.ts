import { type Fields, UnbilledUsageError } from '../errors.ts';
import { reason } from '../redact.ts';

/** The directory cannot be used: it is read-only, full, in use by another run, or contains other files. */
export class DirectoryError extends UnbilledUsageError {
  override readonly name = 'DirectoryError';
  readonly code = 'DIRECTORY';
  /** The file or directory that caused the error. */
  declare readonly path: string;

  /** A text as `problem` completes the sentence that begins with the path. */
  constructor(path: string, problem: unknown, cause = typeof problem === 'string' ? undefined : problem) {
    const text = typeof problem === 'string' ? ` ${problem}` : `: ${reason(problem)}`;
    super(`${path}${text}.`, { path } satisfies Fields<DirectoryError>, { cause });
  }
}

/** Converts an error of the file system to one that contains the path. */
export async function at<T>(path: string, action: Promise<T>): Promise<T> {
  try {
    return await action;
  } catch (error) {
    throw new DirectoryError(path, error);
  }
}
