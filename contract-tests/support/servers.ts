import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    prismUrl?: string;
    storageUrl?: string;
  }
}

/** Returns the base URL of Prism, which plays the contract. Throws in a suite that is not called `*.served.test.ts`. */
export const prismUrl = (): string => urlOf('prismUrl');

/** Returns the URL of the storage emulator. Throws in a suite that is not called `*.served.test.ts`. */
export const storageUrl = (): string => urlOf('storageUrl');

function urlOf(server: 'prismUrl' | 'storageUrl'): string {
  const url = inject(server);
  if (url) return url;
  throw new Error('Prism and the storage emulator run for *.served.test.ts only: rename this suite to use them.');
}
