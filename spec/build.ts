import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeDist } from './build/dist-files.ts';

// The command `npm run build:spec`: writes spec/dist, the files for teams with other languages.

const dist = join(import.meta.dirname, 'dist');
rmSync(dist, { recursive: true, force: true });
writeDist(dist);
