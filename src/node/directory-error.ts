import { type Fields, UnbilledUsageError } from '../errors.ts';
import { reason } from '../redact.ts';

/** The directory cannot be used: not writable, full, in use by another run, or with something else in it. */
export class DirectoryError extends UnbilledUsageError {
  override readonly name = 'DirectoryError';
  readonly code = 'DIRECTORY';
  /** The file or directory that is the problem. */
  declare readonly path: string;

  constructor(path: string, problem: unknown) {
    const said = typeof problem === 'string' ? problem : reason(problem);
    super(`${path}: ${said}.`, { path } satisfies Fields<DirectoryError>, {
      cause: typeof problem === 'string' ? undefined : problem,
    });
  }
}

/** Runs with the file system's errors turned into one that names the path. */
export async function at<T>(path: string, action: Promise<T>): Promise<T> {
  try {
    return await action;
  } catch (error) {
    throw new DirectoryError(path, error);
  }
}
