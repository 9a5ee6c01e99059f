import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './run.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const here = fileURLToPath(new URL('.', import.meta.url));

/** Installs the packed package in a new folder, and copies the programs that use it. */
export async function installPackage(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'runtimes-'));
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    await run('npm', ['pack', '--pack-destination', folder], root, 120_000);
    await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
    const [tarball = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
    await run('npm', ['install', '--offline', '--no-audit', '--no-fund', join(folder, tarball)], folder, 60_000);
    for (const name of ['flow.js', 'command.js', 'page.js', 'worker.js']) {
      await cp(join(here, name), join(folder, name));
    }
    // It is not named .ts here, or the compiler would check it. The package is only available in the folder.
    await cp(join(here, 'consumer.ts.txt'), join(folder, 'consumer.ts'));
    return { folder, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
