import { defineConfig } from 'vitest/config';
import config, { servers } from './vitest.config.ts';

const { projects: _, ...inOneProject } = config.test ?? {};

/** The suites that run the library in their own process, which is all that StrykerJS can see; not those that would take seconds for each mutant. */
export default defineConfig({
  test: {
    ...inOneProject,
    include: ['contract-tests/{client,blobs,download}/**/*.test.ts'],
    exclude: ['**/*.{slow,heavy}.*'],
    globalSetup: servers,
    // All in one worker, for which the modules are loaded once. StrykerJS has a new one for each mutant.
    isolate: false,
    // A mutant that hangs is one that is found; the slowest test takes a second.
    testTimeout: 8_000,
    reporters: [],
  },
});
