import {
  type Attempt,
  createUnbilledUsageClient,
  type TokenCredential,
  type UnbilledUsageClient,
} from '../../index.ts';
import type { Context } from '../context.ts';
import { importPeer } from '../peer.ts';
import { useProxy } from '../proxy.ts';
import { ATTEMPTS, requestLine, retryLine } from '../screen/attempts.ts';
import type { ConnectionValues } from './flags.ts';

interface AzureIdentity {
  DefaultAzureCredential: new () => TokenCredential;
}

/**
 * Creates a client with the credential of the environment. There is no flag for it, because other users of the machine
 * can read flags. Passes a line to `note` before each wait for a retry and, with `--verbose`, after each request.
 */
export async function connect(
  flags: ConnectionValues,
  { env }: Pick<Context, 'env'>,
  note: (line: string) => void,
): Promise<UnbilledUsageClient> {
  useProxy(env, flags['base-url']);
  const token = env.GRAPH_ACCESS_TOKEN;
  const onAttempt = (attempt: Attempt) => {
    if (flags.verbose) note(requestLine(attempt));
    if (attempt.retryInMs) note(retryLine(attempt, seconds(attempt.retryInMs)));
  };
  const retry = { limit: ATTEMPTS - 1 };
  const options = { apiVersion: flags['api-version'], baseUrl: flags['base-url'], retry, onAttempt };
  if (token) return createUnbilledUsageClient({ ...options, credential: token });
  createUnbilledUsageClient({ ...options, credential: 'none' }); // Reports invalid flags before a missing package.
  const purpose = 'GRAPH_ACCESS_TOKEN is not set, and other credentials need';
  const { DefaultAzureCredential } = await importPeer<AzureIdentity>('@azure/identity', purpose);
  return createUnbilledUsageClient({ ...options, credential: new DefaultAzureCredential() });
}

export function seconds(ms: number): string {
  return `${Math.ceil(ms / 1_000).toLocaleString('en')} s`;
}
