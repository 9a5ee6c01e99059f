import type { Case } from './request-cases.ts';

const EXPORT = '/reports/partners/billing/usage/unbilled/export';
const MANIFEST = '/reports/partners/billing/manifests/{manifestId}';
const FAILED = '#microsoft.graph.partners.billing.failedOperation';

/** Changes that affect readers of responses. */
export const responseCases: Case[] = [
  [
    'another success status',
    (c) => {
      const { responses } = c.paths[EXPORT].post;
      responses['200'] = responses['202'];
      delete responses['202'];
    },
    'major',
    `paths ${EXPORT} post responses 202: gone`,
  ],
  [
    'a new success status',
    (c) => Object.assign(c.paths[EXPORT].post.responses, { 204: {} }),
    'major',
    `paths ${EXPORT} post responses 204: new`,
  ],
  [
    'a new error status',
    (c) => Object.assign(c.paths[EXPORT].post.responses, { 422: {} }),
    'minor',
    `paths ${EXPORT} post responses 422: new`,
  ],
  [
    'a removed error status',
    (c) => delete c.paths[EXPORT].post.responses['410'],
    'minor',
    `paths ${EXPORT} post responses 410: gone`,
  ],
  [
    'another media type',
    (c) => {
      const { content } = c.paths[MANIFEST].get.responses['200'];
      content['application/xml'] = content['application/json'];
      delete content['application/json'];
    },
    'major',
    `paths ${MANIFEST} get responses 200 content application/json: gone`,
  ],
  [
    'a removed response header',
    (c) => delete c.paths[EXPORT].post.responses['202'].headers.Location,
    'major',
    `paths ${EXPORT} post responses 202 headers Location: gone`,
  ],
  [
    'a response header that becomes optional',
    (c) => delete c.components.headers.OperationLocation.required,
    'major',
    `paths ${EXPORT} post responses 202 headers Location required: no`,
  ],
  [
    'a response header with fewer restrictions',
    (c) => delete c.components.headers.OperationLocation.schema.format,
    'major',
    `paths ${EXPORT} post responses 202 headers Location schema format: "uri-reference" → none`,
  ],
  ['a removed response property', (_, s) => delete s.Manifest.properties.eTag, 'major', 'response Manifest.eTag: gone'],
  [
    'a new response property',
    (_, s) => Object.assign(s.Manifest.properties, { x: {} }),
    'minor',
    'response Manifest.x: new',
  ],
  [
    'a response property that becomes optional',
    (_, s) => s.Manifest.required.pop(),
    'major',
    'response Manifest required: ["rootDirectory","sasToken","blobs"] → ["rootDirectory","sasToken"]',
  ],
  [
    'a response property that becomes required',
    (_, s) => s.Manifest.required.push('eTag'),
    'minor',
    'response Manifest required: ["rootDirectory","sasToken","blobs"] → ["rootDirectory","sasToken","blobs","eTag"]',
  ],
  [
    'a new value of an open list',
    (_, s) => s.Manifest.properties.partitionType['x-extensible-enum'].push('customer'),
    'minor',
    'response Manifest.partitionType x-extensible-enum: ["default","Default"] → ["default","Default","customer"]',
  ],
  [
    'a new kind of response',
    (_, s) => s.Operation.oneOf.push({ type: 'object' }),
    'major',
    'response Operation oneOf branch 1: new',
  ],
  [
    'a removed kind of response',
    (_, s) => s.Operation.oneOf.pop(),
    'minor',
    'response Operation oneOf #/components/schemas/FailedOperation: gone',
  ],
  [
    'a renamed kind of response',
    (_, s) => Object.assign(s.FailedOperation.allOf[1].properties['@odata.type'], { const: '#failed' }),
    'major',
    `response FailedOperation.@odata.type const: "${FAILED}" → "#failed"`,
  ],
  [
    'a removed base schema',
    (_, s) => s.RunningOperation.allOf.shift(),
    'major',
    'response RunningOperation allOf #/components/schemas/OperationBase: gone',
  ],
  [
    'new alternatives',
    (_, s) => Object.assign(s.ManifestBlob, { anyOf: [{ required: ['name'] }] }),
    'minor',
    'response ManifestBlob anyOf: new',
  ],
  [
    'elements with fewer restrictions',
    (_, s) => Object.assign(s.Manifest.properties.blobs, { items: {} }),
    'major',
    'response Manifest.blobs[] type: "object" → none',
  ],
  [
    'a removed attribute of line items',
    (_, s) => delete s.UsageLineItem.properties.UnitPrice,
    'major',
    'response UsageLineItem.UnitPrice: gone',
  ],
  [
    'an attribute removed from basic',
    (_, s) => s.UsageLineItem.properties.UnitPrice['x-attribute-sets'].pop(),
    'major',
    'response UsageLineItem.UnitPrice x-attribute-sets: ["full","basic"] → ["full"]',
  ],
  [
    'a renamed schema',
    (c) =>
      Object.assign(
        c,
        JSON.parse(JSON.stringify(c).replaceAll('/ManifestBlob"', '/Blob"').replace('"ManifestBlob":', '"Blob":')),
      ),
    'major',
    'schema ManifestBlob: gone',
  ],
];
