import http from 'node:http';
import type { Context } from './context.ts';
import { UsageError } from './errors.ts';

type Env = Context['env'];

const VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'];
/** No proxy can reach them. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** @see https://learn.microsoft.com/en-us/azure/virtual-machines/instance-metadata-service#proxies */
const MANAGED_IDENTITY = '169.254.169.254';

/**
 * Sends all requests through the proxy of the environment. `@azure/identity` finds it by itself.
 *
 * @throws A {@link UsageError} if Node.js would connect directly, which can fail late or bypass the proxy unnoticed
 */
export function useProxy(env: Env, baseUrl?: string): void {
  if (noProxy(env) === '*') {
    // `@azure/identity` does not know the asterisk.
    for (const each of VARIABLES) delete process.env[each];
  }
  const name = variable(env);
  if (!name) return;
  const direct = [noProxy(env), ...LOOPBACK, MANAGED_IDENTITY].join();
  // `@azure/identity` reads them, and so do versions of Node.js without the function, before each request.
  Object.assign(process.env, { NO_PROXY: direct, no_proxy: direct });
  const { setGlobalProxyFromEnv }: Partial<typeof http> = http;
  if (!setGlobalProxyFromEnv) {
    // Node.js uses the proxy already, because of NODE_USE_ENV_PROXY or --use-env-proxy.
    const isUsed = (http.globalAgent as { options?: http.AgentOptions }).options?.proxyEnv !== undefined;
    if (isUsed || isLoopback(baseUrl)) return;
    const problem = `${name} is set, but Node.js ${process.version} does not use it.`;
    const advice = 'Use Node.js 24.14 or later, or 22.21 or later with NODE_USE_ENV_PROXY=1.';
    throw new UsageError(`${problem} ${advice} To connect without a proxy, set NO_PROXY=*.`);
  }
  try {
    setGlobalProxyFromEnv({ ...env, no_proxy: direct });
  } catch {
    // The error of Node.js can contain a password.
    throw new UsageError('HTTPS_PROXY and HTTP_PROXY must be URLs, such as http://proxy.example:8080.');
  }
}

/** Returns what to check after a request to this base URL, or to the storage, that got no answer. */
export function proxyAdvice(env: Env, baseUrl?: string): string[] {
  const name = variable(env);
  if (!name || isLoopback(baseUrl)) return [];
  return [
    `Check ${name}: requests go through the proxy ${new URL(env[name] ?? '').host}, unless NO_PROXY lists their host.`,
  ];
}

/** Returns the variable that contains the proxy, if there is one. */
function variable(env: Env): string | undefined {
  return noProxy(env) === '*' ? undefined : VARIABLES.find((each) => env[each]);
}

function noProxy(env: Env): string {
  return (env.no_proxy || env.NO_PROXY || '').trim();
}

function isLoopback(url = ''): boolean {
  return URL.canParse(url) && LOOPBACK.includes(new URL(url).hostname);
}
