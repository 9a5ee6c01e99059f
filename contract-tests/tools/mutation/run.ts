import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Json } from '../../../spec/document.ts';
import { type Killer, startKillers, workers } from './killers.ts';
import type { Mutant } from './mutants.ts';

export interface Outcome extends Pick<Mutant, 'pointer' | 'rule' | 'change'> {
  /** Absent if the mutant survived. */
  killedBy?: Killer;
}

export interface Run {
  document: Json;
  mutants: readonly Mutant[];
  /** Absolute paths of test files. Those that need the mock only run for mutants that survive the others. */
  suites: readonly string[];
  mockSuites: readonly string[];
  /** A directory for temporary files. */
  directory: string;
  onProgress: (killed: number) => void;
}

/** Large enough for a cheap worker start, and small enough for progress and memory. */
const roundSize = 60 * workers;

/** Runs the suites against every mutant. Throws if the document itself fails. */
export async function run({ document, mutants, suites, mockSuites, directory, onProgress }: Run): Promise<Outcome[]> {
  const { killers, useMock, close } = await startKillers(directory);
  const killedBy = new Map<Mutant, Killer>();

  /** Returns the survivors. */
  const pass = async (list: readonly Mutant[], suitesFor: (mutant: Mutant) => readonly string[]): Promise<Mutant[]> => {
    for (let start = 0; start < list.length; start += roundSize) {
      const round = list.slice(start, start + roundSize);
      const results = await killers(round.map((each) => ({ document: each.apply(document), suites: suitesFor(each) })));
      for (const [i, mutant] of round.entries()) if (results[i]) killedBy.set(mutant, results[i]);
      onProgress(killedBy.size);
    }
    return list.filter((mutant) => !killedBy.has(mutant));
  };

  const mockKiller = async (changed: Json): Promise<Killer | undefined> => {
    // The kit loads the document from this file. It has not been loaded here before.
    process.env.CONTRACT_SPEC = join(directory, 'mock.json');
    await writeFile(process.env.CONTRACT_SPEC, JSON.stringify(changed));
    const { startPrism } = await import('../../kit/mock/prism.ts');
    const mock = await startPrism();
    try {
      useMock(mock.url);
      return (await killers([{ document: changed, suites: mockSuites }]))[0];
    } finally {
      await mock.close();
    }
  };

  try {
    const [broken = mockSuites.length ? await mockKiller(document) : undefined] = await killers([{ document, suites }]);
    if (broken) throw new Error(`The contract fails without any change: ${broken.test}: ${broken.message}`);

    // One suite usually kills all mutants of a part of the document. So the one that kills the first mutant runs first.
    const partOf = ({ pointer }: Mutant) => pointer.split('/').slice(0, 4).join('/');
    const scouts = new Map(mutants.toReversed().map((mutant) => [partOf(mutant), mutant]));
    const likely = (mutant: Mutant) => killedBy.get(scouts.get(partOf(mutant)) ?? mutant)?.suite ?? suites[0] ?? '';
    const surviving = await pass([...scouts.values()], () => suites);
    const others = mutants.filter((mutant) => scouts.get(partOf(mutant)) !== mutant);
    const remaining = await pass(others, (mutant) => [likely(mutant)]);
    const otherSuites = (mutant: Mutant) => suites.filter((suite) => suite !== likely(mutant));
    surviving.push(...(suites.length > 1 ? await pass(remaining, otherSuites) : remaining));

    if (mockSuites.length) {
      for (const mutant of surviving) {
        const killer = await mockKiller(mutant.apply(document));
        if (killer) killedBy.set(mutant, killer);
      }
    }
    return mutants.map((mutant) => {
      const { apply: _, ...fields } = mutant;
      const killer = killedBy.get(mutant);
      return { ...fields, ...(killer && { killedBy: killer }) };
    });
  } finally {
    await close();
  }
}
