import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectConfiguration } from 'vitest/config';

/** Starts Prism for suites named `*.served.test.ts`. */
export const servers = ['contract-tests/support/servers.setup.ts'];

/** Returns two projects for the suites with these names, so that those without Prism do not wait for it. */
export function inProjects(names: string): TestProjectConfiguration[] {
  const files = (ending: string) => [`contract-tests/**/${names}${ending}`];
  return [
    { extends: true, test: { name: 'plain', include: files('.test.ts'), exclude: ['**/*.served.test.ts'] } },
    { extends: true, test: { name: 'served', include: files('.served.test.ts'), globalSetup: servers } },
  ];
}

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    projects: inProjects('*'),
    exclude: [
      '**/node_modules/**',
      '**/*.{slow,toolchain}.*',
      ...(process.platform === 'win32' ? ['**/*.posix.*'] : []),
    ],
    setupFiles: ['contract-tests/support/observe.setup.ts'],
    // The tests mostly wait for processes and sockets.
    maxWorkers: 3,
    // Ten times what a test takes on a slow machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', 'json'],
    outputFile: { json: 'reports/vitest.json' },
    coverage: {
      include: ['src/**'],
      reportsDirectory: 'reports/coverage',
      reporter: ['text', 'html'],
      thresholds: { branches: 95 },
    },
  },
});
