import { randomUUID } from 'node:crypto';
import type { Kind, ServiceAnswer, ServiceOptions, ServiceRequest } from './independent-exchange.ts';
import type { IndependentStorage } from './independent-storage.ts';

/** The parameters of the action. */
interface ExportParameters {
  currencyCode: string;
  billingPeriod: string;
  attributeSet: string;
}

interface Operation {
  id: string;
  manifestId: string;
  parameters: ExportParameters;
  created: Date;
  changed: Date;
  polls: number;
}

interface Surroundings extends ServiceOptions {
  url: string;
  storage: IndependentStorage;
}

export interface IndependentBilling {
  answer(kind: Kind, request: ServiceRequest): ServiceAnswer;
}

/** The status of an operation at its first, second, and every later poll. */
const progress = ['notStarted', 'running', 'finished'] as const;
const methods: Partial<Record<Kind, string>> = { export: 'POST', operation: 'GET', manifest: 'GET' };
const mediaType = 'application/json; charset=utf-8';
const namespace = '#microsoft.graph.partners.billing.';
const tenant = '00000001-0000-4000-8000-000000000000';

export function createIndependentBilling({
  url,
  storage,
  linked = false,
  outcome = 'succeeded',
}: Surroundings): IndependentBilling {
  const operations = new Map<string, Operation>();
  const manifests = new Map<string, Operation>();

  const startExport = (request: ServiceRequest, root: string): ServiceAnswer => {
    if (!/^application\/json *(;|$)/i.test(request.headers['content-type'] ?? '')) {
      return problem(request, 415, 'UnsupportedMediaType', 'The content must be JSON.');
    }
    const parameters = parse(request.body);
    if (typeof parameters === 'string') return problem(request, 400, 'BadRequest', parameters);
    const now = new Date();
    const operation = { id: randomUUID(), manifestId: randomUUID(), parameters, created: now, changed: now, polls: 0 };
    operations.set(operation.id, operation);
    const headers = { ...common(request), location: `${root}/operations/${operation.id}`, 'retry-after': '1' };
    return { status: 202, headers, body: '' };
  };

  const showOperation = (operation: Operation, request: ServiceRequest, root: string): ServiceAnswer => {
    const status = progress[operation.polls] ?? 'finished';
    if (operation.polls < progress.length) {
      operation.polls++;
      operation.changed = new Date();
    }
    const base = {
      id: operation.id,
      createdDateTime: withoutOffset(operation.created),
      lastActionDateTime: withTicks(operation.changed),
    };
    if (status !== 'finished') {
      const answer = json(request, { '@odata.type': `${namespace}runningOperation`, ...base, status });
      answer.headers['retry-after'] = '1';
      return answer;
    }
    if (outcome === 'noData') {
      const error = { code: '5000', message: 'No data available' };
      return json(request, { '@odata.type': `${namespace}failedOperation`, ...base, status: 'failed', error });
    }
    manifests.set(operation.manifestId, operation);
    const resource = linked
      ? { 'resourceLocation@odata.navigationLink': `${root}/manifests/${operation.manifestId}` }
      : { resourceLocation: toManifest(operation) };
    return json(request, {
      '@odata.type': `${namespace}exportSuccessOperation`,
      ...base,
      status: 'succeeded',
      ...resource,
    });
  };

  /** Returns a manifest, with a new SAS each time. */
  const toManifest = ({ manifestId, parameters, created, changed }: Operation): Record<string, unknown> => {
    const directory = directoryOf(parameters, created);
    const names = storage.names();
    return {
      id: manifestId,
      createdDateTime: withTicks(changed),
      schemaVersion: '2',
      dataFormat: 'compressedJSON',
      partitionType: 'default',
      eTag: storage.version(directory),
      partnerTenantId: tenant,
      rootDirectory: `${url}${directory}`,
      sasToken: storage.sasToken(directory),
      blobCount: names.length,
      blobs: names.map((name) => ({ name, partitionValue: 'default' })),
    };
  };

  return {
    answer: (kind, request) => {
      if (!/^bearer +\S/i.test(request.headers.authorization ?? '')) {
        const answer = problem(request, 401, 'InvalidAuthenticationToken', 'Access token is empty.');
        answer.headers['www-authenticate'] = 'Bearer';
        return answer;
      }
      const allowed = methods[kind];
      if (!allowed) return problem(request, 404, 'ResourceNotFound', 'There is no such resource.');
      if (request.method !== allowed) {
        const answer = problem(request, 405, 'MethodNotAllowed', `This resource only allows ${allowed}.`);
        answer.headers.allow = allowed;
        return answer;
      }
      const [, version = '', id = ''] = /^\/([^/]+)\/.*\/([^/]+)$/.exec(request.path) ?? [];
      const root = `${url}/${version}/reports/partners/billing`;
      if (kind === 'export') return startExport(request, root);
      const operation = (kind === 'operation' ? operations : manifests).get(id);
      if (operation && kind === 'operation') return showOperation(operation, request, root);
      if (operation) return json(request, toManifest(operation));
      return problem(request, 404, 'ResourceNotFound', `There is no ${kind} with this ID.`);
    },
  };
}

/** Returns the parameters, or a message about a mistake. */
function parse(body: string): ExportParameters | string {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return 'The body is not JSON.';
  }
  const { currencyCode, billingPeriod, attributeSet = 'full', ...others }: Record<string, unknown> = Object(value);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return `The parameter '${unknown}' is unknown.`;
  if (typeof currencyCode !== 'string' || !/^[A-Z]{3}$/.test(currencyCode)) return 'currencyCode is not valid.';
  if (billingPeriod !== 'current' && billingPeriod !== 'last') return 'billingPeriod is not valid.';
  if (attributeSet !== 'full' && attributeSet !== 'basic') return 'attributeSet is not valid.';
  return { currencyCode, billingPeriod, attributeSet };
}

function directoryOf({ currencyCode, billingPeriod, attributeSet }: ExportParameters, asOf: Date): string {
  const month = new Date(Date.UTC(asOf.getUTCFullYear(), asOf.getUTCMonth() - (billingPeriod === 'last' ? 1 : 0)));
  const billingMonth = month.toISOString().slice(0, 7).replace('-', '');
  return (
    `/unbilled/PartnerTenantId=${tenant}/BillingMonth=${billingMonth}` +
    `/Currency=${currencyCode}/Fragment=${attributeSet}/PartitionType=default`
  );
}

function json(request: ServiceRequest, body: unknown): ServiceAnswer {
  return { status: 200, headers: { ...common(request), 'content-type': mediaType }, body: JSON.stringify(body) };
}

function problem(request: ServiceRequest, status: number, code: string, message: string): ServiceAnswer {
  const headers: Record<string, string> = { ...common(request), 'content-type': mediaType };
  const innerError = {
    date: withoutOffset(new Date()),
    'request-id': headers['request-id'],
    'client-request-id': headers['client-request-id'],
  };
  return { status, headers, body: JSON.stringify({ error: { code, message, innerError } }) };
}

function common(request: ServiceRequest): Record<string, string> {
  const echoed = request.headers['client-request-id'];
  return {
    date: new Date().toUTCString(),
    'request-id': randomUUID(),
    'x-ms-ags-diagnostic': '{"ServerInfo":{"DataCenter":"Nowhere","Ring":"1"}}',
    ...(echoed ? { 'client-request-id': echoed } : {}),
  };
}

// The service writes dates in two ways, according to the examples in its documentation.
const withoutOffset = (date: Date): string => date.toISOString().slice(0, 19);
const withTicks = (date: Date): string => date.toISOString().replace('Z', '6691Z');
