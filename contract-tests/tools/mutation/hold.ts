import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, beforeEach, describe, it, vi } from 'vitest';
import type { Json } from '../../../spec/document.ts';

/** A document and the test files to run against it. */
export interface Candidate {
  document: Json;
  suites: readonly string[];
}

/** Returns the name of a suite from its file. */
export const nameOf = (suite: string): string => suite.replace(/^.*[\\/]|\.test\.ts$/g, '');

/**
 * Registers all tests of each candidate's suites under the candidate's number, with its document as the contract. After
 * the first failed test, the rest is skipped. Only the modules of the project are loaded again for each candidate, not
 * packages. This is several times faster than separate runs.
 */
export function hold(batchFile: URL): void {
  const batch: Record<string, Candidate> = JSON.parse(readFileSync(batchFile, 'utf8'));

  // Describe blocks are collected in sequence, each with its contents.
  for (const [number, { document, suites }] of Object.entries(batch)) {
    describe(number, async () => {
      let killed = false;
      beforeEach(({ skip, onTestFailed }) => {
        if (killed) skip();
        onTestFailed(() => {
          killed = true;
        });
      });
      const specFile = `${fileURLToPath(batchFile)}.${number}.json`;
      writeFileSync(specFile, JSON.stringify(document));
      const useSpec = () => {
        process.env.CONTRACT_SPEC = specFile;
      };
      useSpec();
      beforeAll(useSpec);
      vi.resetModules();
      for (const suite of suites) {
        describe(nameOf(suite), async () => {
          try {
            await import(suite);
          } catch (error) {
            it('the contract can be loaded', () => {
              throw error;
            });
          }
        });
      }
    });
  }
}
