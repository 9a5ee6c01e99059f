/** The intended breaches of the contract in the current test. */
export const expectedBreaches: RegExp[] = [];

/** Expects the observer to find these breaches in the current test, and no others. */
export function expectBreach(...patterns: RegExp[]): void {
  expectedBreaches.push(...patterns);
}
