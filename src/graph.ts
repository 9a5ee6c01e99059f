import type { Client } from '../generated/client/index.ts';
import type { Bounds } from './delay.ts';
import { ContractError } from './errors.ts';
import type { ExportHandle } from './export.ts';
import type { Answer, Call, Transport } from './transport.ts';

/** The part of Microsoft Graph that the steps of an export need. */
export interface Graph {
  /** Without a trailing slash. */
  baseUrl: string;
  send: Transport;
}

/**
 * Calls a generated function, which knows the method, path and headers, and sends its request through our transport
 * instead of the generated client. That client has no retries, deadlines or limits, and would add 3.4 kB to a browser
 * bundle. The function returns what `get` or `post` returns, although its type says otherwise, hence the cast.
 *
 * @throws what the transport throws
 * @see https://heyapi.dev/openapi-ts/clients/custom
 */
export async function ask<Options>(
  generatedFunction: (options: Options & { client: Client }) => unknown,
  options: Options,
  { send }: Graph,
  bounds: Bounds,
): Promise<Answer> {
  const client = {
    get: (call: Call) => send('GET', call, bounds),
    post: (call: Call) => send('POST', call, bounds),
  };
  return (generatedFunction as (options: Options & { client: object }) => Promise<Answer>)({ ...options, client });
}

/** Parses the body of an answer. @throws A {@link ContractError} if it is not JSON */
export function parseJson({ text }: Answer, handle: ExportHandle | undefined): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ContractError('body', 'is not JSON', handle);
  }
}
