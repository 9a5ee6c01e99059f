import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openApi30 } from '../../spec/build/openapi-3.0.ts';
import { runProgram } from '../support/run-program.ts';

async function contents(folder: string): Promise<Record<string, string>> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const paths = files.map((file) => join(file.parentPath, file.name)).sort();
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path.slice(folder.length), await readFile(path, 'utf8')] as const)),
  );
}

it('generated/ is what the generator makes of the contract, byte for byte', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'generated-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const file of ['openapi-ts.config.ts', 'spec/openapi.yaml']) await cp(file, join(folder, file));
  expect(await runProgram('openapi-ts', [], { cwd: folder })).toMatchObject({ code: 0 });
  expect(await contents('generated')).toEqual(await contents(join(folder, 'generated')));
});

it('spec/openapi-3.0.yaml is what npm run generate makes of the contract, byte for byte', async () => {
  expect(await readFile('spec/openapi-3.0.yaml', 'utf8')).toBe(openApi30());
});
