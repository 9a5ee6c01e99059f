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
  expect({ unexpected, missed }, 'breaches of the contract found by the observer').toEqual({
    unexpected: [],
    missed: [],
  });
});

// The state has its own module: in a mutation run, this setup is loaded for each suite, but that module only once.
export { expectBreach } from './breaches.ts';
/** `fetch` for requests of the test itself, which are not observed. */
export { unobserved as directFetch };
