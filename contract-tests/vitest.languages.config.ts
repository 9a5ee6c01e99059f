import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

const { projects: _, exclude: __, ...inOneProject } = config.test ?? {};

/** The suites that need the tools of other languages: a language whose tools are missing is skipped. */
export default defineConfig({
  test: {
    ...inOneProject,
    include: ['contract-tests/languages/**/*.test.ts'],
    maxWorkers: 2,
    reporters: ['verbose', 'json'],
    outputFile: { json: 'reports/vitest-languages.json' },
  },
});
