import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeDist } from './build/dist-files.ts';

// The command `npm run pack:spec -- FILE`: writes contract.tar.gz of a release, which teams with other languages unpack.
// Its only folder is a copy of this one, without the sources of the build, so that README.md works in both.

const [file] = process.argv.slice(2);
if (!file) throw new Error('Usage: npm run pack:spec -- FILE');
const folder = mkdtempSync(join(tmpdir(), 'contract-'));
try {
  const contract = join(folder, 'contract');
  for (const path of ['README.md', 'openapi.yaml', 'unbilled-usage.arazzo.yaml', 'clients', '../LICENSE']) {
    cpSync(join(import.meta.dirname, path), join(contract, path.replace('../', '')), { recursive: true });
  }
  writeDist(join(contract, 'dist'));
  execFileSync('tar', ['--create', '--gzip', '--file', file, '--directory', folder, 'contract']);
} finally {
  rmSync(folder, { recursive: true });
}
