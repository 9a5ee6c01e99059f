import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { specFile } from '../document/document.ts';

// Prism is CommonJS, takes a second to load and may be missing, so it is only loaded when a mock starts.
// Its types are reduced to what is needed.
interface Prism {
  createLogger: (name: string, options: object) => unknown;
  getHttpOperationsFromSpec: (file: string) => Promise<unknown>;
  createServer: (
    operations: unknown,
    options: object,
  ) => { listen: (port: number, host: string) => Promise<string>; close: () => Promise<void> };
}

/**
 * Starts Prism on a free port, with the file of the contract. It refuses invalid requests. Throws an error that says
 * what to install if Prism is missing.
 */
export async function startPrism(): Promise<{ url: string; close: () => Promise<void> }> {
  const { createLogger, getHttpOperationsFromSpec, createServer } = loadPrism();
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

function loadPrism(): Prism {
  const require = createRequire(import.meta.url);
  try {
    return Object.assign(
      {},
      ...['prism-core', 'prism-http', 'prism-http-server'].map((name) => require(`@stoplight/${name}`)),
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    throw new Error(
      'The mock needs Prism, which npm leaves out with --omit=optional. Install this package without it.',
    );
  }
}
