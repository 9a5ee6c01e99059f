import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

/** What takes minutes: kills, thousands of blobs, the packed package. */
export default defineConfig({
  ...config,
  test: {
    ...config.test,
    include: ['contract-tests/**/*.slow.*test.ts'],
    exclude: [],
    testTimeout: 120_000,
    outputFile: { json: 'reports/vitest-slow.json' },
  },
});
