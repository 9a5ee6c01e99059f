import { defineConfig } from 'vitest/config';
import config, { servers } from './vitest.config.ts';

const { projects: _, ...inOneProject } = config.test ?? {};

/** The suites that run `src/` in their own process, as StrykerJS requires, without those that take seconds. */
export default defineConfig({
  test: {
    ...inOneProject,
    include: ['contract-tests/{client,blobs,command,download}/**/*.test.ts'],
    exclude: ['**/*.{slow,heavy}.*'],
    globalSetup: servers,
    // All suites share one worker, which loads the modules once. StrykerJS starts a new worker for each mutant.
    isolate: false,
    // A mutant that hangs counts as killed. The slowest test takes a second.
    testTimeout: 8_000,
    reporters: [],
  },
});
