import http from 'node:http';
import type { Context } from './context.ts';
import { UsageError } from './errors.ts';

/** No proxy can reach them. */
const LOOPBACK = 'localhost,127.0.0.1,[::1]';

/**
 * Sends all requests through the proxy of the environment. `@azure/identity` finds it by itself.
 *
 * @throws A {@link UsageError} if Node.js would connect directly, which can fail late or bypass the proxy unnoticed
 */
export function useProxy(env: Context['env']): void {
  const name = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].find((each) => env[each]);
  // Node.js uses the proxy already, because of NODE_USE_ENV_PROXY or --use-env-proxy.
  const isUsed = (http.globalAgent as { options?: http.AgentOptions }).options?.proxyEnv !== undefined;
  if (!name || isUsed) return;
  // Older versions of Node.js have no such function.
  const { setGlobalProxyFromEnv }: Partial<typeof http> = http;
  if (!setGlobalProxyFromEnv) {
    const problem = `${name} is set, but Node.js ${process.version} does not use it.`;
    const advice = 'Use Node.js 24.14 or later, or 22.21 or later with NODE_USE_ENV_PROXY=1.';
    throw new UsageError(`${problem} ${advice} To connect without a proxy, unset it.`);
  }
  try {
    setGlobalProxyFromEnv({ ...env, no_proxy: '', NO_PROXY: `${env.no_proxy || env.NO_PROXY || ''},${LOOPBACK}` });
  } catch {
    // The error of Node.js can contain a password.
    throw new UsageError('HTTPS_PROXY and HTTP_PROXY must be URLs, such as http://proxy.example:8080.');
  }
}
