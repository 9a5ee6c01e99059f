import { afterEach, beforeEach, expect } from 'vitest';
import { expectedBreaches as expected } from './breaches.ts';
import { Observer } from './observer.ts';

const unobserved = globalThis.fetch;
let observer: Observer;

beforeEach(() => {
  observer = new Observer();
  expected.length = 0;
  globalThis.fetch = observer.wrap(unobserved);
});

afterEach(async () => {
  await observer.settled();
  globalThis.fetch = unobserved;
  const unexpected = observer.findings.filter((finding) => !expected.some((pattern) => pattern.test(finding)));
  const missed = expected.filter((pattern) => !observer.findings.some((finding) => pattern.test(finding)));
  expect({ unexpected, missed }, 'the contract, as the observer saw it').toEqual({ unexpected: [], missed: [] });
});

// State of its own module: in a mutation run, the setup is loaded for each suite, and what suites import only once.
export { expectBreach } from './breaches.ts';
/** `fetch` for what a test asks itself and the library does not. */
export { unobserved as directFetch };
