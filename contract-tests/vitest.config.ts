import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    include: ['contract-tests/**/*.test.ts'],
    exclude: ['**/*.slow.*', ...(process.platform === 'win32' ? ['**/*.posix.*'] : [])],
    globalSetup: ['contract-tests/support/servers.setup.ts'],
    setupFiles: ['contract-tests/support/observe.setup.ts'],
    // Most of the time is spent waiting for processes and sockets.
    maxWorkers: 3,
    testTimeout: 20_000,
    reporters: ['default', 'json'],
    outputFile: { json: 'reports/vitest.json' },
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
