import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import config from './vitest.config.ts';

/**
 * The suites that run the library in their own process, which is all that StrykerJS can see; not those that take long.
 * In this order: a mutant is done with at the first test that fails, so what is pure and quick comes first.
 */
const suites = [
  'laws-retry-after',
  'laws-redaction',
  'laws-blob-names',
  'laws-urls',
  'secrets',
  'messages',
  'messages-of-data',
  'invalid-input',
  'retries',
  'laws-operation',
  'operation',
  'export-action',
  'waiting',
  'aborts',
  'line-items',
  'laws-line-items',
  'directory-lock',
  'download',
  'download-state',
  'blobs',
  'story',
  'download-storage-faults',
  'download-service-faults',
  'download-directory-faults',
].map((name) => `contract-tests/${name}.test.ts`);

const place = ({ moduleId }: TestSpecification) => suites.findIndex((suite) => moduleId.endsWith(suite));

class InTurn extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.sort((a, b) => place(a) - place(b));
  }
}

export default defineConfig({
  test: {
    ...config.test,
    include: suites,
    sequence: { sequencer: InTurn },
    // All in one worker, for which the modules are loaded once. StrykerJS has a new one for each mutant.
    isolate: false,
    // A mutant that hangs is one that is found; the slowest test takes a second.
    testTimeout: 8_000,
    reporters: [],
  },
});
