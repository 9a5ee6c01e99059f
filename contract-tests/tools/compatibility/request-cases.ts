import type { Change } from './compare.ts';
import type { Node } from './rules.ts';

const EXPORT = '/reports/partners/billing/usage/unbilled/export';
const OPERATION = '/reports/partners/billing/operations/{operationId}';
const MANIFEST = '/reports/partners/billing/manifests/{manifestId}';

/** A change of the contract and of its schemas, its level, and the first reported difference. */
export type Case = [
  name: string,
  change: (contract: Node, schemas: Node) => void,
  level: Change['level'],
  what: string,
];

/** Changes that affect callers: operations, parameters, bodies and their values. */
export const requestCases: Case[] = [
  ['a removed path', (c) => delete c.paths[MANIFEST], 'major', `paths ${MANIFEST}: gone`],
  ['a new path', (c) => Object.assign(c.paths, { '/new': {} }), 'minor', 'paths /new: new'],
  ['a removed method', (c) => delete c.paths[MANIFEST].get, 'major', `paths ${MANIFEST} get: gone`],
  ['a new method', (c) => Object.assign(c.paths[MANIFEST], { delete: {} }), 'minor', `paths ${MANIFEST} delete: new`],
  [
    'another operationId',
    (c) => Object.assign(c.paths[MANIFEST].get, { operationId: 'manifest' }),
    'major',
    `paths ${MANIFEST} get operationId: "getManifest" → "manifest"`,
  ],
  ['another summary', (c) => Object.assign(c.info, { summary: 'x' }), 'patch', 'descriptions or examples'],
  [
    'another description of a schema',
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
    'a new required header',
    (c) => c.paths[MANIFEST].get.parameters.push({ name: 'x', in: 'header', required: true }),
    'major',
    `paths ${MANIFEST} get parameters header x: new`,
  ],
  [
    'a new optional header',
    (c) => c.paths[MANIFEST].get.parameters.push({ name: 'x', in: 'header' }),
    'minor',
    `paths ${MANIFEST} get parameters header x: new`,
  ],
  [
    'a removed header',
    (c) => c.paths[MANIFEST].get.parameters.shift(),
    'major',
    `paths ${MANIFEST} get parameters header client-request-id: gone`,
  ],
  [
    'a header that becomes required',
    (c) => Object.assign(c.components.parameters.ClientRequestId, { required: true }),
    'major',
    `paths ${EXPORT} post parameters header client-request-id required: yes`,
  ],
  [
    'a body that becomes optional',
    (c) => Object.assign(c.paths[EXPORT].post.requestBody, { required: false }),
    'minor',
    `paths ${EXPORT} post requestBody required: no`,
  ],
  [
    'a new required body',
    (c) => Object.assign(c.paths[MANIFEST].get, { requestBody: { required: true } }),
    'major',
    `paths ${MANIFEST} get requestBody: new`,
  ],
  [
    'a new required body, by reference',
    (c) => {
      c.components.requestBodies = { New: { required: true } };
      c.paths[MANIFEST].get.requestBody = { $ref: '#/components/requestBodies/New' };
    },
    'major',
    `paths ${MANIFEST} get requestBody: new`,
  ],
  [
    'a reference to a reference',
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
    'a new header of all methods',
    (c) => Object.assign(c.paths[MANIFEST], { parameters: [{ name: 'x', in: 'header' }] }),
    'minor',
    `paths ${MANIFEST} parameters header x: new`,
  ],
  [
    'a removed request value',
    (_, s) => s.UnbilledUsageExportRequest.properties.billingPeriod.enum.pop(),
    'major',
    'request UnbilledUsageExportRequest.billingPeriod enum: ["current","last"] → ["current"]',
  ],
  [
    'a new request value',
    (_, s) => s.UnbilledUsageExportRequest.properties.billingPeriod.enum.push('next'),
    'minor',
    'request UnbilledUsageExportRequest.billingPeriod enum: ["current","last"] → ["current","last","next"]',
  ],
  [
    'a request property that becomes required',
    (_, s) => s.UnbilledUsageExportRequest.required.push('attributeSet'),
    'major',
    'request UnbilledUsageExportRequest required: ["currencyCode","billingPeriod"] → ["currencyCode","billingPeriod","attributeSet"]',
  ],
  [
    'a removed request property',
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
    'a new default of a request property',
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
    'another description of a permission',
    (c) =>
      Object.assign(c.components.securitySchemes.graph.flows.clientCredentials.scopes, {
        'PartnerBilling.Read.All': '',
      }),
    'patch',
    'descriptions or examples',
  ],
  [
    'a removed way to sign in',
    (c) => delete c.components.securitySchemes.graph.flows.authorizationCode,
    'major',
    'security scheme graph flows authorizationCode: gone',
  ],
  ['a removed server', (c) => c.servers.pop(), 'major', 'servers https://graph.microsoft.com/beta: gone'],
  ['a new server', (c) => c.servers.push({ url: 'https://x' }), 'minor', 'servers https://x: new'],
  ['another OpenAPI version', (c) => Object.assign(c, { openapi: '3.2.0' }), 'major', 'openapi: ["3","1"] → ["3","2"]'],
  [
    'another patch version of OpenAPI',
    (c) => Object.assign(c, { openapi: '3.1.2' }),
    'patch',
    'descriptions or examples',
  ],
];
