import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** A foreign service gets the named checks alone: the rest plays with services of our own. */
const foreign = process.env.CONTRACT_TARGET !== undefined;

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    include: [foreign ? 'contract-tests/checks.test.ts' : 'contract-tests/**/*.test.ts'],
    exclude: ['contract-tests/**/*.slow.test.ts'],
    globalSetup: foreign ? [] : ['contract-tests/harness/servers.setup.ts'],
    setupFiles: ['contract-tests/harness/observe.setup.ts'],
    // Most of the time is spent waiting for processes and sockets.
    maxWorkers: 3,
    testTimeout: 20_000,
    // Of a foreign service, each check is named, and those that its answers gave no occasion for.
    reporters: [foreign ? 'verbose' : 'default', 'json'],
    outputFile: { json: `reports/vitest${foreign ? '-target' : ''}.json` },
    coverage: {
      include: ['src/**'],
      // The command is tested as a process of its own, whose lines are not counted here.
      exclude: ['src/cli/**'],
      reportsDirectory: 'reports/coverage',
      reporter: ['text', 'html'],
      thresholds: { branches: 95 },
    },
  },
});
