import { describe, expect, it } from 'vitest';
import { httpReference } from '../../docs/http-reference.ts';
import { siteLink } from '../../docs/site-links.ts';

const REPOSITORY = 'https://github.com/OWNER/partner-unbilled-usage';

describe('a link on a page leads, on the site,', () => {
  it.each([
    ['to another guide', 'ci.md', 'docs/cli.md', '/ci'],
    ['to a heading of a guide', 'ci.md#check-a-service', 'docs/cli.md', '/ci#check-a-service'],
    ['to a heading of the same page', '#formats', 'docs/cli.md', '#formats'],
    ['to the first page', '../README.md', 'docs/cli.md', '/'],
    ['from the README to a guide', `${REPOSITORY}/blob/main/docs/cli.md#formats`, 'README.md', '/cli#formats'],
    ['to a page in another folder', '../contract-tests/checks.md', 'spec/README.md', '/checks'],
    ['to a file in the repository', 'openapi.yaml', 'spec/README.md', `${REPOSITORY}/blob/main/spec/openapi.yaml`],
    [
      'to a folder in the repository',
      `${REPOSITORY}/tree/main/examples`,
      'README.md',
      `${REPOSITORY}/tree/main/examples`,
    ],
    ['to the repository', REPOSITORY, 'README.md', REPOSITORY],
    ['to another site', 'https://example.com/a.md#b', 'README.md', 'https://example.com/a.md#b'],
  ])('%s', (_what, link, page, expected) => {
    expect(siteLink(link, page, REPOSITORY)).toBe(expected);
  });

  it.each(['gone.md', `${REPOSITORY}/blob/main/docs/gone.md`])('to the missing file %s throws an error', (link) => {
    expect(() => siteLink(link, 'docs/cli.md', REPOSITORY)).toThrow(`Dead link in docs/cli.md: ${link}`);
  });
});

describe('the HTTP reference', () => {
  const page = httpReference('spec/openapi.yaml');

  it.each([
    'POST /reports/partners/billing/usage/unbilled/export',
    'GET /reports/partners/billing/operations/{operationId}',
    'GET /reports/partners/billing/manifests/{manifestId}',
    '::: details 200: failedNoData',
    '| 202 |  | `Location`,',
    '| 429 | [GraphError](#grapherror) | `Retry-After`,',
    '| `currencyCode` | string | Required. ',
    '| `resourceLocation` | [Manifest](#manifest) |',
    '### UsageLineItem',
  ])('has %s', (text) => {
    expect(page).toContain(text);
  });

  it('has a heading for each schema that it links to', () => {
    const links = [...page.matchAll(/\]\(#(\w+)\)/g)].map(([, name]) => name);
    const headings = [...page.matchAll(/^### (\w+)$/gm)].map(([, name = '']) => name.toLowerCase());
    expect(headings).toEqual(expect.arrayContaining(links));
  });
});
