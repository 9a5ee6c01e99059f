import { constants } from 'node:fs';
import { access, mkdir, readdir } from 'node:fs/promises';
import { DirectoryError } from '../node/index.ts';
import { resumeCommand } from './resume-command.ts';
import { UsageError } from './usage-error.ts';

/**
 * Makes sure that a directory can take a new export.
 *
 * @throws {@link UsageError} when there is something in it, {@link DirectoryError} when it cannot be written
 */
export async function reserve(directory: string): Promise<void> {
  const names = await list(directory);
  if (names.includes('export.json')) {
    throw new UsageError(`--out ${directory} holds an export; use ${resumeCommand(directory)}`);
  }
  if (names.some((name) => !name.startsWith('export.'))) {
    throw new UsageError(`--out ${directory} holds files; give an empty or a new directory.`);
  }
}

async function list(directory: string): Promise<string[]> {
  try {
    await mkdir(directory, { recursive: true });
    await access(directory, constants.W_OK);
    return await readdir(directory);
  } catch (error) {
    throw new DirectoryError(directory, error);
  }
}
