import { reason } from '../redact.ts';
import { MissingPackageError } from './errors.ts';

/** @throws {@link MissingPackageError} that begins with `purpose`, such as "--format csv needs" */
export async function importPeer<Module>(name: string, purpose: string): Promise<Module> {
  try {
    return await import(name);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
    const why = missing ? '' : ` (${reason(error)})`;
    throw new MissingPackageError(`${purpose} the package ${name}: npm install ${name}${why}`);
  }
}
