import type { Node } from './description.ts';

const EXPORT = '/reports/partners/billing/usage/unbilled/microsoft.graph.partners.billing.export';
const OPERATION = '/reports/partners/billing/operations/{operation-id}';
const MANIFEST = '/reports/partners/billing/manifests/{manifest-id}';

/** Changes the description. `schema` finds a schema by its name without `microsoft.graph.`. */
export type Change = (vendor: Node, schema: (name: string) => Node) => void;

/** Possible changes by the vendor, and their reports. A minus marks a difference that is no longer reported. */
export const reportedChanges: [string, Change, string[]][] = [
  [
    'a removed path',
    (vendor) => delete vendor.paths[MANIFEST],
    ['path gone: /reports/partners/billing/manifests/{manifestId}'],
  ],
  [
    'a removed method',
    (vendor) => delete vendor.paths[MANIFEST].get,
    ['method gone: GET /reports/partners/billing/manifests/{manifestId}'],
  ],
  [
    'another server',
    (vendor) => vendor.servers.push({ url: 'https://graph.example/v2' }),
    ['server new: https://graph.example/v2'],
  ],
  [
    'an operation with a removal date',
    (vendor) => {
      const { get } = vendor.paths[MANIFEST];
      get.deprecated = true;
      get['x-ms-deprecation'] = { removalDate: '2031-05-01' };
    },
    ['deprecated, to be removed on 2031-05-01: GET /reports/partners/billing/manifests/{manifestId}'],
  ],
  [
    'a deprecated property',
    (_, schema) => Object.assign(schema('partners.billing.manifest').properties.eTag, { deprecated: true }),
    ['deprecated, no date named: Manifest.eTag (microsoft.graph.partners.billing.manifest.eTag)'],
  ],
  [
    'another success status',
    (vendor) => {
      const { post } = vendor.paths[EXPORT];
      post.responses = { 200: post.responses['2XX'], default: post.responses['4XX'] };
    },
    [
      'response gone: POST /reports/partners/billing/usage/unbilled/export 202',
      'response new: POST /reports/partners/billing/usage/unbilled/export 200',
      '-response body new: POST /reports/partners/billing/usage/unbilled/export 202',
    ],
  ],
  [
    'a removed response code',
    (vendor) => delete vendor.paths[MANIFEST].get.responses['5XX'],
    ['500', '503', '504'].map((code) => `response gone: GET /reports/partners/billing/manifests/{manifestId} ${code}`),
  ],
  [
    'a new class of responses',
    (vendor) => Object.assign(vendor.paths[MANIFEST].get.responses, { '3XX': { description: 'Elsewhere' } }),
    ['response new: GET /reports/partners/billing/manifests/{manifestId} 3XX'],
  ],
  [
    'another media type',
    (vendor) => {
      const response = vendor.paths[MANIFEST].get.responses['2XX'];
      response.content = { 'application/xml': response.content['application/json'] };
    },
    ['response media type gone: GET /reports/partners/billing/manifests/{manifestId} 200 application/json'],
  ],
  [
    'a new required header',
    (vendor) => vendor.paths[OPERATION].parameters.push({ name: 'x-tenant', in: 'header', required: true }),
    ['required parameter new: GET /reports/partners/billing/operations/{operationId} x-tenant (header)'],
  ],
  [
    'a removed request body',
    (vendor) => delete vendor.paths[EXPORT].post.requestBody,
    [
      'request body gone: POST /reports/partners/billing/usage/unbilled/export',
      '-may be null: UnbilledUsageExportRequest.currencyCode (request.currencyCode)',
      '-may be null: UnbilledUsageExportRequest.billingPeriod (request.billingPeriod)',
      '-may be null: UnbilledUsageExportRequest.attributeSet (request.attributeSet)',
      '-request property not required: UnbilledUsageExportRequest.currencyCode',
      '-request property not required: UnbilledUsageExportRequest.billingPeriod',
    ],
  ],
  [
    'a new request property',
    (vendor) => Object.assign(exportBody(vendor).properties, { invoiceId: { type: 'string' } }),
    ['request property new: request.invoiceId'],
  ],
  [
    'a removed request property',
    (vendor) => delete exportBody(vendor).properties.attributeSet,
    [
      'request property gone: UnbilledUsageExportRequest.attributeSet',
      '-may be null: UnbilledUsageExportRequest.attributeSet (request.attributeSet)',
    ],
  ],
  [
    'a request property that becomes required',
    (vendor) => Object.assign(exportBody(vendor), { required: ['attributeSet'] }),
    ['request property required: UnbilledUsageExportRequest.attributeSet'],
  ],
  [
    'a request property that becomes required as documented',
    (vendor) => Object.assign(exportBody(vendor), { required: ['currencyCode'] }),
    ['-request property not required: UnbilledUsageExportRequest.currencyCode'],
  ],
  [
    'a request property that stops being nullable',
    (vendor) => Object.assign(exportBody(vendor).properties.currencyCode, { nullable: false }),
    ['-may be null: UnbilledUsageExportRequest.currencyCode (request.currencyCode)'],
  ],
  [
    'a new request value',
    (_, schema) => schema('partners.billing.attributeSet').enum.push('extended'),
    ['request value new: extended of UnbilledUsageExportRequest.attributeSet (request.attributeSet)'],
  ],
  [
    'a removed request value',
    (_, schema) => schema('partners.billing.billingPeriod').enum.shift(),
    ['request value gone: current of UnbilledUsageExportRequest.billingPeriod (request.billingPeriod)'],
  ],
  [
    'a closed list instead of any value',
    (vendor) => Object.assign(exportBody(vendor).properties.currencyCode, { enum: ['USD'] }),
    ['request values new: UnbilledUsageExportRequest.currencyCode (request.currencyCode)'],
  ],
  [
    'a new response property',
    (_, schema) => Object.assign(schema('partners.billing.blob').properties, { size: { type: 'string' } }),
    ['response property new: microsoft.graph.partners.billing.blob.size'],
  ],
  [
    'a removed property of a base schema, reported once,',
    (_, schema) => delete schema('partners.billing.operation').properties.lastActionDateTime,
    ['response property gone: OperationBase.lastActionDateTime'],
  ],
  [
    'a response property with another type',
    (_, schema) => Object.assign(schema('partners.billing.manifest').properties.blobCount, { format: 'double' }),
    ['type changed: Manifest.blobCount (microsoft.graph.partners.billing.manifest.blobCount) from integer to number'],
  ],
  [
    'a response property that becomes nullable',
    (_, schema) => Object.assign(schema('partners.billing.manifest').properties.sasToken, { nullable: true }),
    ['may be null: Manifest.sasToken (microsoft.graph.partners.billing.manifest.sasToken)'],
  ],
  [
    'an unknown status',
    (_, schema) => schema('longRunningOperationStatus').enum.push('paused'),
    ['response value new: paused of OperationBase.status (microsoft.graph.partners.billing.operation.status)'],
  ],
  [
    'a new kind of operation',
    (_, schema) => {
      schema('partners.billing.operation').discriminator.mapping['#microsoft.graph.new'] = '#/components/schemas/x';
    },
    ['kind new: #microsoft.graph.new of Operation (microsoft.graph.partners.billing.operation)'],
  ],
  [
    'a removed kind of operation',
    (_, schema) => {
      const { mapping } = schema('partners.billing.operation').discriminator;
      delete mapping['#microsoft.graph.partners.billing.runningOperation'];
    },
    [
      'kind gone: #microsoft.graph.partners.billing.runningOperation of Operation (microsoft.graph.partners.billing.operation)',
    ],
  ],
  [
    'subclasses, but none of operations,',
    (_, schema) => delete schema('partners.billing.operation').discriminator,
    [
      ...['running', 'exportSuccess', 'failed'].map(
        (kind) =>
          `kind gone: #microsoft.graph.partners.billing.${kind}Operation of Operation (microsoft.graph.partners.billing.operation)`,
      ),
      '-may be null: OperationBase.status (microsoft.graph.partners.billing.operation.status)',
      '-may be null: PublicError.code (microsoft.graph.publicError.code)',
      '-may be null: PublicError.message (microsoft.graph.publicError.message)',
      '-may be null: ErrorDetail.code (microsoft.graph.publicErrorDetail.code)',
      '-may be null: ErrorDetail.message (microsoft.graph.publicErrorDetail.message)',
    ],
  ],
  [
    'a reference to a missing schema',
    (vendor) => delete vendor.components.schemas['microsoft.graph.publicErrorDetail'],
    [
      'reference leads nowhere: #/components/schemas/microsoft.graph.publicErrorDetail',
      '-may be null: ErrorDetail.code (microsoft.graph.publicErrorDetail.code)',
      '-may be null: ErrorDetail.message (microsoft.graph.publicErrorDetail.message)',
    ],
  ],
  [
    'a reference to a missing base schema',
    (vendor) => delete vendor.components.schemas['microsoft.graph.entity'],
    ['reference leads nowhere: #/components/schemas/microsoft.graph.entity'],
  ],
  [
    'references to missing responses and parameters',
    (vendor) => {
      const { get } = vendor.paths[MANIFEST];
      get.responses['4XX'] = { $ref: '#/components/responses/missing' };
      get.parameters = [{ $ref: '#/components/parameters/missing' }];
    },
    [
      'reference leads nowhere: #/components/parameters/missing',
      'reference leads nowhere: #/components/responses/missing',
    ],
  ],
];

/** Changes that do not affect a client. */
export const silentChanges: [string, Change][] = [
  ['another path removed', (vendor) => delete vendor.paths['/groups/{group-id}']],
  ['another summary', (vendor) => Object.assign(vendor.paths[EXPORT].post, { summary: 'Other words' })],
  [
    'another name of a path parameter',
    (vendor) => {
      vendor.paths['/reports/partners/billing/operations/{id}'] = vendor.paths[OPERATION];
      delete vendor.paths[OPERATION];
    },
  ],
  [
    'a new optional query parameter',
    (vendor) => vendor.paths[OPERATION].parameters.push({ name: '$top', in: 'query' }),
  ],
  ['the placeholder of an enum removed', (_, schema) => schema('longRunningOperationStatus').enum.pop()],
  ["OData's annotations removed", (_, schema) => delete schema('partners.billing.blob').properties['@odata.type']],
  [
    'another notation of integers',
    (_, schema) => {
      schema('partners.billing.manifest').properties.blobCount = { type: 'integer' };
    },
  ],
  [
    'another notation of nullable values',
    (_, schema) => {
      const reference = { $ref: '#/components/schemas/microsoft.graph.longRunningOperationStatus' };
      schema('partners.billing.operation').properties.status = { oneOf: [reference, { type: 'null' }] };
    },
  ],
];

function exportBody(vendor: Node): Node {
  return vendor.paths[EXPORT].post.requestBody.content['application/json'].schema;
}
