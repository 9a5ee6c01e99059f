import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runProgram } from '../support/run-program.ts';

async function contents(folder: string): Promise<Record<string, string>> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const paths = files.map((file) => join(file.parentPath, file.name)).sort();
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path.slice(folder.length), await readFile(path, 'utf8')] as const)),
  );
}

it('generated/ has exactly the output of the generator for the contract', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'generated-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const file of ['openapi-ts.config.ts', 'spec/openapi.yaml']) await cp(file, join(folder, file));
  expect(await runProgram('openapi-ts', [], { cwd: folder })).toMatchObject({ code: 0 });
  expect(await contents('generated')).toEqual(await contents(join(folder, 'generated')));
});
