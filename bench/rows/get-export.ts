import { contest } from '../contest.ts';
import type { Finding, Skipped } from '../finding.ts';
import { importPeer, isInstalled, missing } from '../peers.ts';
import type { Bench } from '../row.ts';

const TOKEN = 'bench-token';
const WHAT = '`getExport`, time per call';
const BARE = '`fetch` + `json()`';
const OPERATION = '9ab9cb54-d07f-4f52-9ea6-a09d7de52c14';
const PATH = '/reports/partners/billing/operations';

type Call = () => Promise<unknown>;

/** The same call with other clients, each used as in its README, with a bearer token. */
const clients: Record<string, (baseUrl: string) => Promise<Call>> = {
  'openapi-fetch': async (baseUrl) => {
    type Get = (path: string, options: object) => Promise<{ data?: unknown }>;
    type Create = (options: object) => { GET: Get };
    const { default: createClient } = await importPeer<{ default: Create }>('openapi-fetch');
    const client = createClient({ baseUrl, headers: { authorization: `Bearer ${TOKEN}` } });
    const params = { path: { operationId: OPERATION } };
    return async () => (await client.GET(`${PATH}/{operationId}`, { params })).data;
  },
  '@microsoft/microsoft-graph-client': async (baseUrl) => {
    type Graph = { Client: { init: (options: object) => { api: (path: string) => { get: Call } } } };
    const { Client } = await importPeer<Graph>('@microsoft/microsoft-graph-client');
    const { origin, hostname, pathname } = new URL(baseUrl);
    const client = Client.init({
      baseUrl: `${origin}/`,
      defaultVersion: pathname.slice(1),
      customHosts: new Set([hostname]),
      authProvider: (done: (error: unknown, token: string) => void) => done(null, TOKEN),
    });
    return () => client.api(`${PATH}/${OPERATION}`).get();
  },
  ky: async (baseUrl) => {
    type Ky = { create: (options: object) => { get: (path: string) => { json: Call } } };
    const { default: ky } = await importPeer<{ default: Ky }>('ky');
    const client = ky.create({ headers: { authorization: `Bearer ${TOKEN}` } });
    return () => client.get(`${baseUrl}${PATH}/${OPERATION}`).json();
  },
};

/** Polls a succeeded operation repeatedly over an open connection. */
export async function* row({ library, storage, smoke }: Bench): AsyncGenerator<Finding | Skipped> {
  const baseUrl = `${storage.url}/v1.0`;
  const client = library.index.createUnbilledUsageClient({ credential: TOKEN, baseUrl });
  const calls: Record<string, Call> = {
    ours: () => client.getExport(OPERATION),
    [BARE]: async () => {
      const response = await fetch(`${baseUrl}${PATH}/${OPERATION}`, { headers: { authorization: `Bearer ${TOKEN}` } });
      return response.json();
    },
  };
  for (const [name, create] of Object.entries(clients)) {
    if (isInstalled(name)) calls[name] = await create(baseUrl);
    else yield missing(WHAT, name);
  }

  const count = smoke ? 5 : 100;
  const perCall = async (call: Call) => {
    const start = performance.now();
    for (let n = 0; n < count; n++) await call();
    return ((performance.now() - start) / count) * 1_000;
  };
  const contenders = Object.entries(calls).map(([name, call]) => [name, () => perCall(call)] as const);
  const { ours = [], ...others } = await contest(smoke ? 1 : 101, Object.fromEntries(contenders));
  for (const [beside, theirs] of Object.entries(others)) {
    const common = { what: WHAT, beside, unit: 'µs', ours, theirs, measure: 'ours ÷ theirs' } as const;
    yield beside === BARE ? { ...common, must: ['≤', 1.2] } : { ...common, must: ['<', 1] };
  }
}
