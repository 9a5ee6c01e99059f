import { createUnbilledUsageClient, type TokenCredential, type UnbilledUsageClient } from '../index.ts';
import { oneOf } from './arguments.ts';
import { importPeer } from './peer.ts';

interface AzureIdentity {
  DefaultAzureCredential: new () => TokenCredential;
}

/** A client with the credential of the environment. Never a flag: other users of the machine can read those. */
export async function connect(flags: { 'api-version'?: string; 'base-url'?: string }): Promise<UnbilledUsageClient> {
  const apiVersion = oneOf('--api-version', flags['api-version'], ['v1.0', 'beta']);
  const token = process.env.GRAPH_ACCESS_TOKEN;
  const options = { apiVersion, baseUrl: flags['base-url'] };
  if (token) return createUnbilledUsageClient({ ...options, credential: token });
  createUnbilledUsageClient({ ...options, credential: 'none' }); // Bad flags are said before a missing package.
  const purpose = 'GRAPH_ACCESS_TOKEN is not set, and other credentials need';
  const { DefaultAzureCredential } = await importPeer<AzureIdentity>('@azure/identity', purpose);
  return createUnbilledUsageClient({ ...options, credential: new DefaultAzureCredential() });
}
