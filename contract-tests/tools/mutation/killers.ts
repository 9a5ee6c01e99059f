import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createVitest, type TestSuite } from 'vitest/node';
import { type Candidate, nameOf } from './hold.ts';

/** The first test that failed, and what it said. */
export interface Killer {
  suite: string;
  test: string;
  message: string;
}

export const workers = availableParallelism();

/** Vitest, with no servers, as many workers as the machine has processors, and `directory` for what it is given. */
export async function startKillers(directory: string) {
  const vitest = await createVitest('test', {
    root: directory,
    config: false,
    watch: false,
    reporters: [{}],
    pool: 'threads',
    maxWorkers: workers,
    // A slow machine is no killer.
    testTimeout: 60_000,
  });
  const project = vitest.getRootProject();

  /** A test file for a share of the candidates. */
  async function batch(candidates: readonly Candidate[], share: number) {
    const file = join(directory, `batch-${share}`);
    const entries = [...candidates.entries()].filter(([number]) => number % workers === share);
    await writeFile(`${file}.json`, JSON.stringify(Object.fromEntries(entries)));
    const hold = JSON.stringify(join(import.meta.dirname, 'hold.ts'));
    await writeFile(
      `${file}.test.ts`,
      `import { hold } from ${hold};\nhold(new URL('batch-${share}.json', import.meta.url));\n`,
    );
    return project.createSpecification(`${file}.test.ts`);
  }

  return {
    /** The killer of each candidate, if it has one. */
    killers: async (candidates: readonly Candidate[]): Promise<(Killer | undefined)[]> => {
      const shares = [...Array(Math.min(workers, candidates.length)).keys()];
      const files = await Promise.all(shares.map((share) => batch(candidates, share)));
      const { testModules, unhandledErrors } = await vitest.runTestSpecifications(files);
      const errors = [...unhandledErrors, ...testModules.flatMap((module) => module.errors())];
      if (errors.length) throw new Error('The run itself failed.', { cause: errors[0] });
      const held = new Map(
        testModules.flatMap(({ children }) => [...children.suites()]).map((each) => [each.name, each]),
      );
      return candidates.map(({ suites }, number) => killerIn(held.get(`${number}`), suites));
    },
    /** The mock that the tests of the next candidates ask. */
    useMock: (url: string) => project.provide('prismUrl', url),
    close: () => vitest.close(),
  };
}

function killerIn(held: TestSuite | undefined, suites: readonly string[]): Killer | undefined {
  const tests = (state: 'passed' | 'failed') => [...(held?.children.allTests(state) ?? [])];
  const [first] = tests('failed');
  if (!held || (!first && !tests('passed').length)) throw new Error('The run itself failed: a document met no test.');
  if (!first) return undefined;
  const test = first.fullName.slice(`${held.name} > `.length);
  const suite = suites.find((each) => test.startsWith(`${nameOf(each)} > `)) ?? '';
  return { suite, test, message: first.result().errors?.[0]?.message.split('\n')[0] ?? '' };
}
