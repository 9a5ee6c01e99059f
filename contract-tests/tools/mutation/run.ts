import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Json } from '../../../spec/document.ts';
import { type Killer, startKillers, workers } from './killers.ts';
import type { Mutant } from './mutants.ts';

export interface Outcome extends Pick<Mutant, 'pointer' | 'rule' | 'change'> {
  /** None when the mutant survived. */
  killedBy?: Killer;
}

export interface Run {
  document: Json;
  mutants: readonly Mutant[];
  /** Test files, absolute. Those that need the mock see only what has survived the others. */
  suites: readonly string[];
  mockSuites: readonly string[];
  /** A directory for what is made on the way. */
  directory: string;
  onProgress: (killed: number) => void;
}

/** Enough to make the start of a worker cheap, and not too many to show progress and to keep in memory. */
const inARound = 60 * workers;

/** Holds every mutant against the suites. Throws when the document itself does not stand. */
export async function run({ document, mutants, suites, mockSuites, directory, onProgress }: Run): Promise<Outcome[]> {
  const { killers, useMock, close } = await startKillers(directory);
  const killedBy = new Map<Mutant, Killer>();

  /** What survives. */
  const pass = async (list: readonly Mutant[], suitesFor: (mutant: Mutant) => readonly string[]): Promise<Mutant[]> => {
    for (let start = 0; start < list.length; start += inARound) {
      const round = list.slice(start, start + inARound);
      const found = await killers(round.map((each) => ({ document: each.apply(document), suites: suitesFor(each) })));
      for (const [i, mutant] of round.entries()) if (found[i]) killedBy.set(mutant, found[i]);
      onProgress(killedBy.size);
    }
    return list.filter((mutant) => !killedBy.has(mutant));
  };

  const mockKiller = async (changed: Json): Promise<Killer | undefined> => {
    // The document comes from the file that this names; it has not been loaded here before.
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

    // One suite mostly kills all mutants of a part of the document: the suite that kills the first meets the others first.
    const partOf = ({ pointer }: Mutant) => pointer.split('/').slice(0, 4).join('/');
    const scouts = new Map(mutants.toReversed().map((mutant) => [partOf(mutant), mutant]));
    const likely = (mutant: Mutant) => killedBy.get(scouts.get(partOf(mutant)) ?? mutant)?.suite ?? suites[0] ?? '';
    const surviving = await pass([...scouts.values()], () => suites);
    const others = mutants.filter((mutant) => scouts.get(partOf(mutant)) !== mutant);
    const left = await pass(others, (mutant) => [likely(mutant)]);
    const otherSuites = (mutant: Mutant) => suites.filter((suite) => suite !== likely(mutant));
    surviving.push(...(suites.length > 1 ? await pass(left, otherSuites) : left));

    if (mockSuites.length) {
      for (const mutant of surviving) {
        const killer = await mockKiller(mutant.apply(document));
        if (killer) killedBy.set(mutant, killer);
      }
    }
    return mutants.map((mutant) => {
      const { apply: _, ...told } = mutant;
      const killer = killedBy.get(mutant);
      return { ...told, ...(killer && { killedBy: killer }) };
    });
  } finally {
    await close();
  }
}
