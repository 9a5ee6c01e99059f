import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { writeWhole } from '../../src/node/whole-file.ts';
import { emptyDirectory, failure } from '../support/play.ts';

const world = vi.hoisted(() => {
  // In a mutation run, the suites before and after this one share its modules, but not its mocks.
  vi.resetModules();
  return { code: '' };
});
afterAll(() => void vi.resetModules());

vi.mock('node:fs/promises', async (importOriginal) => ({
  ...(await importOriginal<typeof import('node:fs/promises')>()),
  rename: async () => {
    throw Object.assign(new Error(`${world.code}: rename`), { code: world.code, syscall: 'rename' });
  },
}));

it.each([
  ['EPERM', ' cannot be replaced; another program may have it open (EPERM).'],
  ['EBUSY', ' cannot be replaced; another program may have it open (EBUSY).'],
  ['EIO', ': EIO: rename.'],
])('a file that cannot be replaced because of %s stays, and the error says why', async (code, problem) => {
  world.code = code;
  const directory = await emptyDirectory();
  const path = join(directory, 'export.csv');
  await writeFile(path, 'old');
  const error = await failure(writeWhole(path, (file) => file.writeFile('new')));
  expect(error).toMatchObject({ name: 'DirectoryError', path, message: path + problem, cause: { code } });
  expect(await readdir(directory)).toEqual(['export.csv']);
});
