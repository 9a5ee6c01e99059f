import { excerpt } from '../node/internals.ts';
import { MissingPackageError } from './errors.ts';

/** @throws A {@link MissingPackageError} that begins with `purpose`, such as "--format csv needs" */
export async function importPeer<Module>(name: string, purpose: string): Promise<Module> {
  try {
    return await import(name);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'ERR_MODULE_NOT_FOUND' ? '' : ` (${excerpt(message)})`;
    const install = `npm install --global ${name}, or in a project without --global`;
    throw new MissingPackageError(`${purpose} the package ${name}: ${install}${why}.`);
  }
}
