import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';

const tests = join(import.meta.dirname, '..');
const folders = readdirSync(tests, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const files = folders.flatMap(({ name }) => readdirSync(join(tests, name)).map((file) => join(name, file)));
const imports = (file: string, module: string) => readFileSync(join(tests, file), 'utf8').includes(`/${module}';`);

it('exactly the suites that use Prism are named *.served.test.ts', () => {
  const support = files.filter((file) => /^support\b.*(?<!\.setup)\.ts$/.test(file));
  const modules = [
    'servers.ts',
    ...support.filter((file) => imports(file, 'servers.ts')).map((file) => basename(file)),
  ];
  const suites = files.filter((file) => file.endsWith('.test.ts'));
  const served = suites.filter((file) => modules.some((module) => imports(file, module)));
  expect(served).toContain(join('client', 'story.served.test.ts'));
  expect(served).toEqual(suites.filter((file) => file.endsWith('.served.test.ts')));
});
