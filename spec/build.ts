import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { distFiles } from './build/dist-files.ts';

// The command `npm run build:spec`: writes spec/dist, the files for teams with other languages.

const dist = join(import.meta.dirname, 'dist');
const files = Object.entries(distFiles());
rmSync(dist, { recursive: true, force: true });
for (const [path, content] of files) {
  const file = join(dist, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
