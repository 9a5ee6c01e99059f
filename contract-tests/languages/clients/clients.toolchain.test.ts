import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runProgram } from '../../support/run-program.ts';
import { PYTHON } from '../language.ts';
import { installToolchain } from '../toolchain.ts';

// The clients of spec/clients, tested with the usual tool of their language.

const maven = 'mvn --quiet --batch-mode generate-resources';
const javac = `javac -nowarn -encoding UTF-8 -d . -cp "$CACHE/jars/*" $CLIENTS/UnbilledUsage.java $TESTS/UnbilledUsageTest.java`;

it.for([
  {
    name: 'Python client',
    tool: 'unittest',
    needs: PYTHON,
    locks: [],
    install: '',
    script: 'PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$CLIENTS python3 $TESTS/test_unbilled_usage.py',
    passed: /^Ran 4 tests [\s\S]*^OK$/m,
  },
  {
    name: 'Java client',
    tool: 'JUnit',
    needs: { 'javac -version': /^javac (1[7-9]|[2-9]\d)\./, 'mvn --version': /Apache Maven 3/ },
    locks: ['clients/pom.xml'],
    install: maven,
    script: `${javac} && java -jar "$CACHE"/jars/*.jar execute --disable-banner --class-path . --select-class UnbilledUsageTest`,
    passed: /4 tests successful[\s\S]*0 tests failed/,
  },
])('the $name passes its tests with $tool', { timeout: 900_000 }, async ({ script, passed, ...tools }, { skip }) => {
  const { env, missing } = await installToolchain(tools);
  if (missing) skip(missing);
  const cwd = await mkdtemp(join(tmpdir(), 'clients-'));
  onTestFinished(() => rm(cwd, { recursive: true }));
  const folders = { CLIENTS: resolve('spec/clients'), TESTS: import.meta.dirname };
  const { code, stdout, stderr } = await runProgram('sh', ['-ec', script], { cwd, env: { ...env, ...folders } });
  expect(code, stdout + stderr).toBe(0);
  expect(stdout + stderr).toMatch(passed);
});
