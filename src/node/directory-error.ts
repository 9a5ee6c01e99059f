import { DirectoryError } from '../errors.ts';

/** The class is there with the others, because they form a union. */
export { DirectoryError };

/** Converts an error of the file system to one that contains the path. */
export async function at<T>(path: string, action: Promise<T>): Promise<T> {
  try {
    return await action;
  } catch (error) {
    throw new DirectoryError(path, error);
  }
}
