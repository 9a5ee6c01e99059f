import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createVitest, type TestSuite } from 'vitest/node';
import { type Candidate, nameOf } from './hold.ts';

/** The first failed test and its message. */
export interface Killer {
  suite: string;
  test: string;
  message: string;
}

export const workers = availableParallelism();

/** Starts Vitest without servers, with a worker for each processor. `directory` is for its input files. */
export async function startKillers(directory: string) {
  const vitest = await createVitest('test', {
    root: directory,
    config: false,
    watch: false,
    reporters: [{}],
    pool: 'threads',
    maxWorkers: workers,
    // A slow machine must not count as a killer.
    testTimeout: 60_000,
  });
  const project = vitest.getRootProject();

  /** Creates a test file for a share of the candidates. */
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
    /** Returns the killer of each candidate, or undefined. */
    killers: async (candidates: readonly Candidate[]): Promise<(Killer | undefined)[]> => {
      const shares = [...Array(Math.min(workers, candidates.length)).keys()];
      const files = await Promise.all(shares.map((share) => batch(candidates, share)));
      const { testModules, unhandledErrors } = await vitest.runTestSpecifications(files);
      const errors = [...unhandledErrors, ...testModules.flatMap((module) => module.errors())];
      if (errors.length) throw new Error('The run itself failed.', { cause: errors[0] });
      const suitesByNumber = new Map(
        testModules.flatMap(({ children }) => [...children.suites()]).map((each) => [each.name, each]),
      );
      return candidates.map(({ suites }, number) => killerIn(suitesByNumber.get(`${number}`), suites));
    },
    /** Sets the mock for the tests of the next candidates. */
    useMock: (url: string) => project.provide('prismUrl', url),
    close: () => vitest.close(),
  };
}

function killerIn(suitesByNumber: TestSuite | undefined, suites: readonly string[]): Killer | undefined {
  const tests = (state: 'passed' | 'failed') => [...(suitesByNumber?.children.allTests(state) ?? [])];
  const [first] = tests('failed');
  if (!suitesByNumber || (!first && !tests('passed').length))
    throw new Error('The run itself failed: no test ran for a document.');
  if (!first) return undefined;
  const test = first.fullName.slice(`${suitesByNumber.name} > `.length);
  const suite = suites.find((each) => test.startsWith(`${nameOf(each)} > `)) ?? '';
  return { suite, test, message: first.result().errors?.[0]?.message.split('\n')[0] ?? '' };
}
