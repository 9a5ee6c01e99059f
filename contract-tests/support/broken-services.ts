import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Fault, Kind, ServiceAnswer, ServiceRequest } from './independent-exchange.ts';

type Json = Record<string, unknown>;

/** A service that breaks one rule. */
export interface BrokenService {
  fault?: Fault;
  outcome?: 'succeeded' | 'noData';
  linked?: boolean;
  /** The content of the second blob. */
  blob?: Uint8Array;
}

/** Changes the answers of this kind and status. */
const answers = (kind: Kind, status: number, change: (answer: ServiceAnswer) => unknown): BrokenService => ({
  fault: { after: (answer, request) => request.kind === kind && answer.status === status && change(answer) },
});

/** Changes the requests of this kind before the service sees them. */
const requests = (kind: Kind, change: (request: ServiceRequest) => unknown): BrokenService => ({
  fault: { before: (request) => request.kind === kind && change(request) },
});

/** Changes the operations of this type. */
const operation = (type: string, change: (operation: Json) => unknown): BrokenService =>
  answers('operation', 200, (answer) => {
    const json: Json = JSON.parse(String(answer.body));
    if (String(json['@odata.type']).endsWith(type)) change(json);
    answer.body = JSON.stringify(json);
  });

const manifest = (change: (manifest: Json) => unknown): BrokenService =>
  operation('SuccessOperation', (json) => change(json.resourceLocation as Json));

const errors = (change: (answer: ServiceAnswer) => unknown): BrokenService => ({
  fault: { after: (answer, { kind }) => answer.status >= 400 && kind !== 'blob' && change(answer) },
});

const running = { '@odata.type': '#microsoft.graph.partners.billing.runningOperation', status: 'running' };
const stored = (text: string): BrokenService => ({ blob: gzipSync(text) });
const ended = new Set<unknown>();
let sas = '';

/** The check that should fail, what the service does, and the service. */
export const brokenServices: [string, string, BrokenService][] = [
  [
    'export-accepted',
    'answers 200 to an export',
    answers('export', 202, (answer) => Object.assign(answer, { status: 200 })),
  ],
  ['export-location', 'omits the Location', answers('export', 202, ({ headers }) => delete headers.location)],
  [
    'export-location',
    'has a Location that names no operation',
    answers('export', 202, ({ headers }) => Object.assign(headers, { location: '/exports/1' })),
  ],
  [
    'export-no-body',
    'sends the operation with the 202',
    answers('export', 202, (answer) => Object.assign(answer, { body: JSON.stringify(running) })),
  ],

  [
    'operation-answered',
    'answers 202 while an operation runs',
    answers(
      'operation',
      200,
      (answer) => `${answer.body}`.includes('runningOperation') && Object.assign(answer, { status: 202 }),
    ),
  ],
  [
    'operation-type',
    'uses an unknown type',
    operation('runningOperation', (json) => Object.assign(json, { '@odata.type': '#pending' })),
  ],
  [
    'operation-type',
    'cuts off the operation',
    answers('operation', 200, (answer) => Object.assign(answer, { body: `${answer.body}`.slice(0, -1) })),
  ],
  [
    'operation-id',
    'uses different IDs in the operation and the Location',
    operation('', (json) => Object.assign(json, { id: 'another' })),
  ],
  [
    'operation-status',
    'reports succeeded while an operation runs',
    operation('runningOperation', (json) => Object.assign(json, { status: 'succeeded' })),
  ],
  [
    'operation-status',
    'uses an unknown status',
    operation('runningOperation', (json) => Object.assign(json, { status: 'pondering' })),
  ],
  [
    'operation-dates',
    'writes a date without a time',
    operation('', (json) => Object.assign(json, { createdDateTime: '2024-10-01' })),
  ],
  [
    'operation-error',
    'fails without a code',
    {
      ...operation('failedOperation', (json) => Object.assign(json, { error: { message: 'No.' } })),
      outcome: 'noData',
    },
  ],
  [
    'operation-error',
    'fails without an error',
    { ...operation('failedOperation', (json) => delete json.error), outcome: 'noData' },
  ],
  [
    'operation-manifest',
    'succeeds without a manifest',
    operation('SuccessOperation', (json) => delete json.resourceLocation),
  ],
  [
    'operation-manifest',
    'links to something else',
    {
      ...operation('SuccessOperation', (json) =>
        Object.assign(json, { 'resourceLocation@odata.navigationLink': '/x' }),
      ),
      linked: true,
    },
  ],
  ['operation-schema', 'has no status', operation('', (json) => delete json.status)],
  [
    'operation-goes-on',
    'restarts an operation after its end',
    operation('SuccessOperation', (json) => (ended.has(json.id) ? Object.assign(json, running) : ended.add(json.id))),
  ],
  ['operation-ends', 'never ends an operation', operation('SuccessOperation', (json) => Object.assign(json, running))],

  [
    'manifest-answered',
    'links to an unavailable manifest',
    { ...answers('manifest', 200, (answer) => Object.assign(answer, { status: 500 })), linked: true },
  ],
  [
    'manifest-answered',
    'links to a page',
    { ...answers('manifest', 200, (answer) => Object.assign(answer, { body: '[]' })), linked: true },
  ],
  [
    'manifest-needs-token',
    'returns manifests to everyone',
    {
      ...requests('manifest', ({ headers }) => Object.assign(headers, { authorization: 'Bearer x' })),
      linked: true,
    },
  ],
  ['manifest-schema', 'has a manifest without a directory', manifest((json) => delete json.rootDirectory)],
  ['manifest-blob-count', 'counts more blobs than it lists', manifest((json) => Object.assign(json, { blobCount: 7 }))],
  [
    'manifest-formats',
    'uses an unknown data format',
    manifest((json) => Object.assign(json, { dataFormat: 'parquet' })),
  ],
  [
    'manifest-directory',
    'ends the directory with a slash',
    {
      fault: {
        ...manifest((json) => Object.assign(json, { rootDirectory: `${json.rootDirectory}/` })).fault,
        ...requests('other', (request) =>
          Object.assign(request, { kind: 'blob', path: request.path.replace('//', '/') }),
        ).fault,
      },
    },
  ],
  [
    'manifest-blob-names',
    'lists a blob twice',
    manifest((json) =>
      Object.assign(json, { blobs: [(json.blobs as Json[])[0], (json.blobs as Json[])[0]], blobCount: 2 }),
    ),
  ],
  [
    'manifest-sas',
    'returns a SAS with a leading ?',
    {
      fault: {
        ...manifest((json) => Object.assign(json, { sasToken: `?${json.sasToken}` })).fault,
        ...requests('blob', (request) => Object.assign(request, { query: request.query.replace(/^\?/, '') })).fault,
      },
    },
  ],
  ['manifest-etag', 'has a new eTag each time', manifest((json) => Object.assign(json, { eTag: randomUUID() }))],

  [
    'blob-readable',
    'requires the token for a blob',
    answers('blob', 200, (answer) => Object.assign(answer, { status: 401 })),
  ],
  [
    'blob-needs-sas',
    'returns blobs to everyone',
    requests('blob', (request) => {
      request.query ||= sas;
      sas = request.query;
    }),
  ],
  [
    'blob-refuses-expired-sas',
    'accepts any SAS',
    requests('blob', (request) => {
      if (request.query.includes('se=2020')) request.query = sas;
      else if (request.query) sas = request.query;
    }),
  ],
  ['blob-etag', 'sends no ETag', answers('blob', 200, ({ headers }) => delete headers.etag)],
  ['blob-range', 'ignores Range', requests('blob', ({ headers }) => delete headers.range)],
  ['blob-if-match', 'ignores If-Match', requests('blob', ({ headers }) => delete headers['if-match'])],
  [
    'blob-md5',
    'sends the MD5 of something else',
    answers('blob', 200, ({ headers }) => Object.assign(headers, { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' })),
  ],
  ['blob-gzip', 'stores plain text', { blob: Buffer.from('{}\n') }],
  ['blob-gzip', 'stores half a file', { blob: gzipSync('{}\n').subarray(0, -4) }],
  ['blob-lines', 'stores a JSON array', stored('[{}]\n')],
  ['line-item-schema', 'stores a word as a price', stored('{"UnitPrice":"free"}\n')],
  [
    'line-item-currency',
    'ignores the currency',
    requests('export', (request) => Object.assign(request, { body: request.body.replace('"USD"', '"EUR"') })),
  ],
  [
    'line-item-attribute-set',
    'refuses the basic attribute set',
    requests('export', (request) => Object.assign(request, { body: request.body.replace('"basic"', '"small"') })),
  ],
  [
    'line-item-attribute-set',
    'ignores the attribute set',
    requests('export', (request) => Object.assign(request, { body: request.body.replace('"basic"', '"full"') })),
  ],

  [
    'refuses-without-token',
    'needs no token',
    {
      fault: {
        before: ({ kind, headers }) =>
          ['export', 'operation'].includes(kind) && Object.assign(headers, { authorization: 'Bearer x' }),
      },
    },
  ],
  [
    'refuses-unknown-period',
    'accepts any billing period',
    requests('export', (request) => Object.assign(request, { body: request.body.replace('"next"', '"last"') })),
  ],
  [
    'refuses-unknown-attribute-set',
    'accepts any attribute set',
    requests('export', (request) => Object.assign(request, { body: request.body.replace('"all"', '"full"') })),
  ],
  [
    'refuses-missing-currency',
    'uses a default currency',
    requests('export', (request) =>
      Object.assign(request, { body: JSON.stringify({ currencyCode: 'USD', ...JSON.parse(request.body) }) }),
    ),
  ],
  [
    'refuses-unknown-operation',
    'returns an operation for any ID',
    answers('operation', 404, (answer) => Object.assign(answer, { status: 200, body: JSON.stringify(running) })),
  ],
  [
    'refuses-unknown-manifest',
    'returns a manifest for any ID',
    answers('manifest', 404, (answer) => Object.assign(answer, { status: 200, body: '{}' })),
  ],
  [
    'error-body',
    'sends errors in another format',
    errors((answer) => Object.assign(answer, { body: '{"error":"No."}' })),
  ],
  ['error-body', 'sends errors that are not JSON', errors((answer) => Object.assign(answer, { body: 'No.' }))],
  [
    'error-request-id',
    'sends no request-id',
    errors((answer) => {
      delete answer.headers['request-id'];
      answer.body = '{"error":{"code":"No","message":"No."}}';
    }),
  ],

  [
    'retry-after',
    'sends soon as Retry-After',
    answers('operation', 200, ({ headers }) => Object.assign(headers, { 'retry-after': 'soon' })),
  ],
  [
    'client-request-id',
    'returns another client-request-id',
    answers('operation', 200, ({ headers }) => Object.assign(headers, { 'client-request-id': 'another' })),
  ],
  [
    'media-type',
    'sends JSON as HTML',
    answers('operation', 200, ({ headers }) => Object.assign(headers, { 'content-type': 'text/html' })),
  ],
];

const busy = (type = 'application/json'): ((answer: ServiceAnswer, request: ServiceRequest) => unknown) => {
  const kinds = new Set<string>();
  return (answer, { kind }) => {
    if (kinds.has(kind)) return;
    kinds.add(kind);
    Object.assign(answer, { status: 429, headers: { ...answer.headers, 'retry-after': '1' } });
    delete answer.headers.location;
    answer.headers['content-type'] = type;
    answer.body = JSON.stringify({ error: { code: 'TooManyRequests', message: 'Wait.' } });
  };
};

/** Refuses the first SAS for each directory after its first use. */
const expiring = (): Fault => {
  const uses = new Map<string, number>();
  return {
    after: (answer, { kind, query }) => {
      const count = (uses.get(query) ?? 0) + 1;
      uses.set(query, count);
      const isFirstSas = [...uses.keys()].indexOf(query) === 0;
      if (kind === 'blob' && isFirstSas && count > 1) Object.assign(answer, { status: 403, body: '' });
    },
  };
};

/** What the service does within the contract, and the service. No check may fail. */
export const unusualServices: [string, BrokenService][] = [
  ['is busy at first', { fault: { after: busy() } }],
  ['is behind a gateway that is busy at first', { fault: { after: busy('text/html') } }],
  ['has an SAS that expires before the second blob', { fault: expiring() }],
  ['is busy at first, with a link to the manifest', { fault: { after: busy() }, linked: true }],
  ['has no data', { outcome: 'noData' }],
  ['links to the manifest', { linked: true }],
  ['calls a success completed', operation('SuccessOperation', (json) => Object.assign(json, { status: 'completed' }))],
  [
    'has a relative Location',
    answers('export', 202, ({ headers }) =>
      Object.assign(headers, { location: new URL(headers.location ?? '').pathname }),
    ),
  ],
  [
    'writes Retry-After as a date',
    answers('operation', 200, ({ headers }) =>
      Object.assign(headers, { 'retry-after': new Date(Date.now() + 1_000).toUTCString() }),
    ),
  ],
  [
    'has a Content-Type for the empty 202',
    answers('export', 202, ({ headers }) => Object.assign(headers, { 'content-type': 'text/plain' })),
  ],
  ['stores several gzip members', { blob: Buffer.concat([gzipSync('{"Unit":"1"}\n'), gzipSync('{"Unit":"2"}\n')]) }],
  ['stores an empty file as gzip', stored('')],
];
