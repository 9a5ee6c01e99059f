/** The breaches of the contract that the service of this test commits on purpose. */
export const expectedBreaches: RegExp[] = [];

/** The service of this test breaks the contract: the observer has to find this, and nothing else. */
export function expectBreach(...patterns: RegExp[]): void {
  expectedBreaches.push(...patterns);
}
