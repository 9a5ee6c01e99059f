import { describe, expect, it } from 'vitest';
import { at, spec } from '../kit/document/document.ts';
import { findOperation } from '../kit/document/operations.ts';
import { expectKind, someText } from '../support/documented-values.ts';

it('the contract names the dialect that mocks and checkers follow', () => {
  expect(spec.openapi).toMatch(/^3\.1\.\d+$/);
  expect(spec.jsonSchemaDialect).toBe('https://json-schema.org/draft/2020-12/schema');
});

it('the service is served as v1.0 and beta', () => {
  expect(spec.servers.map(({ url }: { url: string }) => url)).toEqual([
    'https://graph.microsoft.com/v1.0',
    'https://graph.microsoft.com/beta',
  ]);
});

const id = '9ab9cb54-d07f-4f52-9ea6-a09d7de52c14';

describe.each([
  ['exportUnbilledUsage', 'POST', '/reports/partners/billing/usage/unbilled/export', {}],
  ['getOperation', 'GET', `/reports/partners/billing/operations/${id}`, { operationId: id }],
  ['getManifest', 'GET', `/reports/partners/billing/manifests/${id}`, { manifestId: id }],
])('%s', (operationId, method, path, pathParameters) => {
  const operation = () => at(findOperation(method, path)?.pointer ?? '/paths/none').node;

  it(`is ${method} ${path}`, () => {
    expect(findOperation(method, path)?.pathParameters).toEqual(pathParameters);
    expect(operation().operationId).toBe(operationId);
  });

  it('requires an access token with PartnerBilling.Read.All', () => {
    expect(operation().security ?? spec.security).toEqual([{ graph: ['PartnerBilling.Read.All'] }]);
  });

  it('has a body only for POST', () => {
    expect('requestBody' in operation()).toBe(method === 'POST');
  });

  it('accepts a client-request-id and its path parameters', () => {
    const { pointer = '' } = findOperation(method, path) ?? {};
    const parameters = Object.keys(operation().parameters ?? []).map((i) => at(`${pointer}/parameters/${i}`));
    expect(parameters.map(({ node }) => [node.name, node.in, node.required ?? false])).toEqual([
      ['client-request-id', 'header', false],
      ...Object.keys(pathParameters).map((name) => [name, 'path', true]),
    ]);
    for (const { pointer: parameter } of parameters) expectKind(`${parameter}/schema`, someText);
  });
});

it('the contract has no other operations', () => {
  const methods = Object.values<object>(spec.paths).map((path) => Object.keys(path));
  expect(methods).toEqual([['post'], ['get'], ['get']]);
});

describe('an access token', () => {
  const login = 'https://login.microsoftonline.com/organizations/oauth2/v2.0';
  const scopes = { 'PartnerBilling.Read.All': expect.any(String) };

  it('comes from OAuth 2, for an application or a signed-in user', () => {
    expect(at('/components/securitySchemes/graph').node).toMatchObject({ type: 'oauth2' });
    expect(at('/components/securitySchemes/graph/flows').node).toEqual({
      clientCredentials: { tokenUrl: `${login}/token`, scopes },
      authorizationCode: { authorizationUrl: `${login}/authorize`, tokenUrl: `${login}/token`, scopes },
    });
  });
});
