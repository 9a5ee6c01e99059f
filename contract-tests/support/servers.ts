import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    prismUrl?: string;
    storageUrl?: string;
  }
}

/** Returns the base URL of Prism, which mocks the contract. Throws unless the suite is named `*.served.test.ts`. */
export const prismUrl = (): string => urlOf('prismUrl');

/** Returns the URL of the storage emulator. Throws unless the suite is named `*.served.test.ts`. */
export const storageUrl = (): string => urlOf('storageUrl');

function urlOf(server: 'prismUrl' | 'storageUrl'): string {
  const url = inject(server);
  if (url) return url;
  throw new Error('Prism and the storage emulator only run for *.served.test.ts. Rename this suite to use them.');
}
