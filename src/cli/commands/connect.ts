import {
  type Attempt,
  createUnbilledUsageClient,
  type TokenCredential,
  type UnbilledUsageClient,
} from '../../index.ts';
import type { Context } from '../context.ts';
import { importPeer } from '../peer.ts';
import type { ConnectionValues } from './flags.ts';

interface AzureIdentity {
  DefaultAzureCredential: new () => TokenCredential;
}

/**
 * Creates a client with the credential of the environment. There is no flag for it, because other users of the machine
 * can read flags. Calls `say` before each retry.
 */
export async function connect(
  flags: ConnectionValues,
  { env }: Pick<Context, 'env'>,
  say?: (text: string) => void,
): Promise<UnbilledUsageClient> {
  const token = env.GRAPH_ACCESS_TOKEN;
  const onAttempt = ({ method, url, status, retryInMs }: Attempt) => {
    if (retryInMs === undefined) return;
    const what = `${method} ${new URL(url).pathname} ${status === undefined ? 'got no answer' : `answered ${status}`}`;
    say?.(`${what}; retrying in ${seconds(retryInMs)}`);
  };
  const options = { apiVersion: flags['api-version'], baseUrl: flags['base-url'], onAttempt };
  if (token) return createUnbilledUsageClient({ ...options, credential: token });
  createUnbilledUsageClient({ ...options, credential: 'none' }); // Reports invalid flags before a missing package.
  const purpose = 'GRAPH_ACCESS_TOKEN is not set, and other credentials need';
  const { DefaultAzureCredential } = await importPeer<AzureIdentity>('@azure/identity', purpose);
  return createUnbilledUsageClient({ ...options, credential: new DefaultAzureCredential() });
}

export function seconds(ms: number): string {
  return `${Math.ceil(ms / 1_000).toLocaleString('en')} s`;
}
