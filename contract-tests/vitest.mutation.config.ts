import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

/** The suites that run `src/` in their own process, which is all that StrykerJS can see; not those that take long. */
export default defineConfig({
  test: {
    ...config.test,
    include: ['contract-tests/{client,blobs,command,download}/**/*.test.ts'],
    exclude: ['**/*.slow.test.ts', '**/{many,finished-files,*-long,process,terminal}.test.ts'],
    // All in one worker, for which the modules are loaded once. StrykerJS has a new one for each mutant.
    isolate: false,
    // A mutant that hangs is one that is found; the slowest test takes a second.
    testTimeout: 8_000,
    reporters: [],
  },
});
