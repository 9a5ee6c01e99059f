import { existsSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { fixturesOnFreePorts, type MockProcess, startMockProcess } from '../support/mock-process.ts';
import { install } from '../tools/install.ts';
import { here, installPackage } from './installed.ts';
import { expectedOutcome } from './outcome.ts';
import { runtimes, versionOf } from './runtimes.ts';
import { compileConsumer, compilers, compilerVersion } from './types.ts';
import { within } from './within.ts';

// The command `npm run test:runtimes`: tests the packed package, installed in an empty folder, in every runtime and
// compiler.

/** A missing runtime is skipped locally, but fails on CI. */
const mayBeMissing = process.env.CI !== 'true';
let failed = false;

/** Checks the package with a program and prints one line. */
async function check(name: string, program: string, versionIn: typeof versionOf, run: () => Promise<string>) {
  if (!existsSync(program)) {
    failed ||= !mayBeMissing;
    return console.log(`${mayBeMissing ? 'skipped' : 'FAILED'} ${name}: ${program} does not exist`);
  }
  try {
    console.log(`ok ${name} ${await versionIn(program)} – ${await run()}`);
  } catch (error) {
    failed = true;
    console.log(`FAILED ${name} (${program}): ${error instanceof Error ? error.message : error}`);
  }
}

try {
  install(here);
} catch (error) {
  console.log(`The runtimes could not be installed: ${error}`);
}
const { folder, remove } = await installPackage();
let mock: MockProcess | undefined;
const cleanUp = async () => {
  await mock?.end('SIGTERM', 'all');
  await remove();
};
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => cleanUp().finally(() => process.exit(130)));
try {
  for (const program of compilers) {
    await check('TypeScript', program, compilerVersion, () => compileConsumer(program, folder));
  }
  mock = await within(60_000, startMockProcess('npm', 'run', 'mock', '--', ...fixturesOnFreePorts));
  const service = mock;
  const expected = expectedOutcome();
  for (const { name, program, readExport } of runtimes) {
    await check(name, program, versionOf, async () => {
      const outcome = await readExport(folder, service);
      if (!isDeepStrictEqual(outcome, expected))
        throw new Error(`read ${JSON.stringify(outcome)} instead of ${JSON.stringify(expected)}`);
      return `${outcome.count} line items`;
    });
  }
} finally {
  await cleanUp();
}
if (failed) process.exitCode = 1;
