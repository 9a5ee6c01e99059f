import { afterEach, beforeEach, expect } from 'vitest';
import { Observer } from './observer.ts';

const unobserved = globalThis.fetch;
let observer: Observer;
let expected: RegExp[];

beforeEach(() => {
  observer = new Observer();
  expected = [];
  globalThis.fetch = observer.wrap(unobserved);
});

afterEach(async () => {
  await observer.settled();
  globalThis.fetch = unobserved;
  const unexpected = observer.findings.filter((finding) => !expected.some((pattern) => pattern.test(finding)));
  const missed = expected.filter((pattern) => !observer.findings.some((finding) => pattern.test(finding)));
  expect({ unexpected, missed }, 'the contract, as the observer saw it').toEqual({ unexpected: [], missed: [] });
});

/** The service of this test breaks the contract: the observer has to find this, and nothing else. */
export function expectBreach(...patterns: RegExp[]): void {
  expected.push(...patterns);
}

/** `fetch` for what a test asks itself and the library does not. */
export { unobserved as directFetch };
