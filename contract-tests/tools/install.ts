import { execSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';

/** Installs the packages of a folder with its own lock file, unless they are up to date. Throws if npm fails. */
export function install(folder: string): void {
  const changed = (file: string) => statSync(join(folder, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (changed('node_modules/.package-lock.json') >= changed('package-lock.json')) return;
  console.error(`Installing the packages of ${folder} …`);
  execSync('npm ci --no-audit --no-fund', { cwd: folder, stdio: 'inherit', timeout: 600_000 });
}
