import { fileURLToPath } from 'node:url';
import { createLogger } from '@stoplight/prism-core';
import { getHttpOperationsFromSpec } from '@stoplight/prism-http';
import { createServer } from '@stoplight/prism-http-server';
import { specFile } from '../document/document.ts';

/** Prism, on a free port, with the very file of the contract. Invalid requests are refused. */
export async function startPrism(): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer(await getHttpOperationsFromSpec(fileURLToPath(specFile)), {
    components: { logger: createLogger('prism', { enabled: false }) },
    cors: false,
    config: {
      isProxy: false,
      checkSecurity: true,
      validateRequest: true,
      validateResponse: true,
      errors: true,
      mock: { dynamic: false },
      upstreamProxy: undefined,
    },
  });
  const url = await server.listen(0, '127.0.0.1');
  return { url, close: () => server.close() };
}
