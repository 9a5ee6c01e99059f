import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { distFiles } from './build/dist-files.ts';

// What `npm run build:spec` runs: writes to spec/dist what teams in other languages take.

const dist = join(import.meta.dirname, 'dist');
const files = Object.entries(distFiles());
rmSync(dist, { recursive: true, force: true });
for (const [path, content] of files) {
  const file = join(dist, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
