import { defineConfig } from 'vitest/config';
import config, { inProjects } from './vitest.config.ts';

/**
 * The suites that take minutes (kills, thousands of blobs, the packed package) or need the packages of
 * contract-tests/tools or contract-tests/generators.
 */
export default defineConfig({
  ...config,
  test: {
    ...config.test,
    projects: inProjects('*.slow'),
    exclude: [],
    testTimeout: 120_000,
    outputFile: { json: 'reports/vitest-slow.json' },
  },
});
