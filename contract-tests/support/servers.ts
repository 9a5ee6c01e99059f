import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    prismUrl?: string;
  }
}

/** Returns the base URL of Prism, which mocks the contract. Throws unless the suite is named `*.served.test.ts`. */
export function prismUrl(): string {
  const url = inject('prismUrl');
  if (url) return url;
  throw new Error('Prism only runs for *.served.test.ts. Rename this suite to use it.');
}
