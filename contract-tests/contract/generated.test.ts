import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@hey-api/openapi-ts';
import { expect, it, onTestFinished } from 'vitest';
import config from '../../openapi-ts.config.ts';

async function contents(folder: string): Promise<Record<string, string>> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const paths = files.map((file) => join(file.parentPath, file.name)).sort();
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path.slice(folder.length), await readFile(path, 'utf8')] as const)),
  );
}

it('is what the generator makes of the contract, byte for byte', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'generated-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const { output, ...rest } = await config;
  await createClient({
    ...rest,
    output: { ...(output as object), path: folder },
    logs: { level: 'silent', file: false },
  });
  expect(await contents('generated')).toEqual(await contents(folder));
}, 30_000);
