import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';

const tests = join(import.meta.dirname, '..');
const folders = readdirSync(tests, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const files = folders.flatMap(({ name }) => readdirSync(join(tests, name)).map((file) => join(name, file)));
const imports = (file: string, module: string) => readFileSync(join(tests, file), 'utf8').includes(`/${module}';`);

it('a suite is called *.served.test.ts when it asks for Prism, and only then', () => {
  const support = files.filter((file) => /^support\b.*(?<!\.setup)\.ts$/.test(file));
  const givers = ['servers.ts', ...support.filter((file) => imports(file, 'servers.ts')).map((file) => basename(file))];
  const suites = files.filter((file) => file.endsWith('.test.ts'));
  const served = suites.filter((file) => givers.some((giver) => imports(file, giver)));
  expect(served).toContain(join('client', 'story.served.test.ts'));
  expect(served).toEqual(suites.filter((file) => file.endsWith('.served.test.ts')));
});
