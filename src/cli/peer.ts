import { excerpt } from '../node/internals.ts';
import { CommandError } from './errors.ts';

/** @throws A {@link CommandError} without the package. It begins with `purpose`, such as "--format csv needs" */
export async function importPeer<Module>(name: string, purpose: string): Promise<Module> {
  try {
    return await import(name);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'ERR_MODULE_NOT_FOUND' ? '' : ` (${excerpt(message)})`;
    const install = `npm install --global ${name}, or in a project without --global`;
    throw new CommandError('MissingPackageError', 1, `${purpose} the package ${name}: ${install}${why}.`);
  }
}
