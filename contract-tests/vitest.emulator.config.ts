import { defineConfig } from 'vitest/config';
import config, { servers } from './vitest.config.ts';

const { projects: _, ...inOneProject } = config.test ?? {};

/** Runs suites with Azurite in place of the kit's storage. `npm run test:emulator` selects those that store blobs. */
export default defineConfig({
  test: {
    ...inOneProject,
    include: ['contract-tests/**/*.test.ts'],
    globalSetup: [...servers, 'contract-tests/emulator/azurite.setup.ts'],
    outputFile: { json: 'reports/vitest-emulator.json' },
  },
});
