import type { Change } from './compare.ts';
import type { Node } from './rules.ts';

const EXPORT = '/reports/partners/billing/usage/unbilled/export';
const OPERATION = '/reports/partners/billing/operations/{operationId}';
const MANIFEST = '/reports/partners/billing/manifests/{manifestId}';

/** A change of the contract and of its schemas, its level, and what is said of it first. */
export type Case = [
  name: string,
  change: (contract: Node, schemas: Node) => void,
  level: Change['level'],
  what: string,
];

/** What concerns a caller: what there is to ask for, how, and with which words. */
export const requestCases: Case[] = [
  ['a path that is gone', (c) => delete c.paths[MANIFEST], 'major', `paths ${MANIFEST}: gone`],
  ['a new path', (c) => Object.assign(c.paths, { '/new': {} }), 'minor', 'paths /new: new'],
  ['a method that is gone', (c) => delete c.paths[MANIFEST].get, 'major', `paths ${MANIFEST} get: gone`],
  ['a new method', (c) => Object.assign(c.paths[MANIFEST], { delete: {} }), 'minor', `paths ${MANIFEST} delete: new`],
  [
    'another operationId',
    (c) => Object.assign(c.paths[MANIFEST].get, { operationId: 'manifest' }),
    'major',
    `paths ${MANIFEST} get operationId: "getManifest" → "manifest"`,
  ],
  ['other words', (c) => Object.assign(c.info, { summary: 'x' }), 'patch', 'descriptions or examples'],
  [
    'other words of a schema',
    (_, s) => Object.assign(s.Manifest, { description: 'x' }),
    'patch',
    'descriptions or examples',
  ],
  [
    'a deprecated operation',
    (c) => Object.assign(c.paths[MANIFEST].get, { deprecated: true }),
    'minor',
    `paths ${MANIFEST} get deprecated: none → true`,
  ],
  [
    'a new header that must be sent',
    (c) => c.paths[MANIFEST].get.parameters.push({ name: 'x', in: 'header', required: true }),
    'major',
    `paths ${MANIFEST} get parameters header x: new`,
  ],
  [
    'a new header that may be sent',
    (c) => c.paths[MANIFEST].get.parameters.push({ name: 'x', in: 'header' }),
    'minor',
    `paths ${MANIFEST} get parameters header x: new`,
  ],
  [
    'a header that may no longer be sent',
    (c) => c.paths[MANIFEST].get.parameters.shift(),
    'major',
    `paths ${MANIFEST} get parameters header client-request-id: gone`,
  ],
  [
    'a header that must now be sent',
    (c) => Object.assign(c.components.parameters.ClientRequestId, { required: true }),
    'major',
    `paths ${EXPORT} post parameters header client-request-id required: yes`,
  ],
  [
    'a body that need not be sent',
    (c) => Object.assign(c.paths[EXPORT].post.requestBody, { required: false }),
    'minor',
    `paths ${EXPORT} post requestBody required: no`,
  ],
  [
    'a new body that must be sent',
    (c) => Object.assign(c.paths[MANIFEST].get, { requestBody: { required: true } }),
    'major',
    `paths ${MANIFEST} get requestBody: new`,
  ],
  [
    'a new body that must be sent, by reference',
    (c) => {
      c.components.requestBodies = { New: { required: true } };
      c.paths[MANIFEST].get.requestBody = { $ref: '#/components/requestBodies/New' };
    },
    'major',
    `paths ${MANIFEST} get requestBody: new`,
  ],
  [
    'a reference that leads by way of another',
    (c) => {
      c.components.parameters.New = { $ref: '#/components/parameters/ClientRequestId' };
      c.paths[MANIFEST].get.parameters[0] = { $ref: '#/components/parameters/New' };
    },
    'patch',
    'descriptions or examples',
  ],
  [
    'a deprecated header',
    (c) => Object.assign(c.components.parameters.ClientRequestId, { deprecated: true }),
    'minor',
    `paths ${EXPORT} post parameters header client-request-id deprecated: none → true`,
  ],
  [
    'a new header that all methods take',
    (c) => Object.assign(c.paths[MANIFEST], { parameters: [{ name: 'x', in: 'header' }] }),
    'minor',
    `paths ${MANIFEST} parameters header x: new`,
  ],
  [
    'a value that is no longer taken',
    (_, s) => s.UnbilledUsageExportRequest.properties.billingPeriod.enum.pop(),
    'major',
    'request UnbilledUsageExportRequest.billingPeriod enum: ["current","last"] → ["current"]',
  ],
  [
    'a value that is taken, too',
    (_, s) => s.UnbilledUsageExportRequest.properties.billingPeriod.enum.push('next'),
    'minor',
    'request UnbilledUsageExportRequest.billingPeriod enum: ["current","last"] → ["current","last","next"]',
  ],
  [
    'a request property that is required',
    (_, s) => s.UnbilledUsageExportRequest.required.push('attributeSet'),
    'major',
    'request UnbilledUsageExportRequest required: ["currencyCode","billingPeriod"] → ["currencyCode","billingPeriod","attributeSet"]',
  ],
  [
    'a request property that is gone',
    (_, s) => delete s.UnbilledUsageExportRequest.properties.attributeSet,
    'major',
    'request UnbilledUsageExportRequest.attributeSet: gone',
  ],
  [
    'a new request property',
    (_, s) => Object.assign(s.UnbilledUsageExportRequest.properties, { x: {} }),
    'minor',
    'request UnbilledUsageExportRequest.x: new',
  ],
  [
    'a value for what is not sent',
    (_, s) => Object.assign(s.UnbilledUsageExportRequest.properties.billingPeriod, { default: 'last' }),
    'minor',
    'request UnbilledUsageExportRequest.billingPeriod default: none → "last"',
  ],
  [
    'a keyword without a rule',
    (_, s) => Object.assign(s.ManifestBlob, { not: { required: ['x'] } }),
    'major',
    'response ManifestBlob not: none → {"required":["x"]}',
  ],
  [
    'a key without a rule',
    (c) => Object.assign(c.paths[OPERATION].get, { callbacks: {} }),
    'major',
    `paths ${OPERATION} get callbacks: none → {}`,
  ],
  [
    'another permission',
    (c) => c.security[0].graph.push('More'),
    'major',
    'security: [{"graph":["PartnerBilling.Read.All"]}] → [{"graph":["PartnerBilling.Read.All","More"]}]',
  ],
  [
    'other words for a permission',
    (c) =>
      Object.assign(c.components.securitySchemes.graph.flows.clientCredentials.scopes, {
        'PartnerBilling.Read.All': '',
      }),
    'patch',
    'descriptions or examples',
  ],
  [
    'a way to sign in that is gone',
    (c) => delete c.components.securitySchemes.graph.flows.authorizationCode,
    'major',
    'security scheme graph flows authorizationCode: gone',
  ],
  ['a server that is gone', (c) => c.servers.pop(), 'major', 'servers https://graph.microsoft.com/beta: gone'],
  ['a new server', (c) => c.servers.push({ url: 'https://x' }), 'minor', 'servers https://x: new'],
  ['another OpenAPI', (c) => Object.assign(c, { openapi: '3.2.0' }), 'major', 'openapi: ["3","1"] → ["3","2"]'],
  ['a correction of OpenAPI', (c) => Object.assign(c, { openapi: '3.1.2' }), 'patch', 'descriptions or examples'],
];
