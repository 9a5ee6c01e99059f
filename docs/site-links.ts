import { existsSync } from 'node:fs';
import { posix } from 'node:path';

/** Maps the path of each page in the repository to its path on the site. The guides keep their names. */
export const rewrites: Record<string, string> = {
  'README.md': 'index.md',
  'spec/README.md': 'contract.md',
  'contract-tests/kit/README.md': 'kit.md',
  'contract-tests/checks.md': 'checks.md',
  'ARCHITECTURE.md': 'architecture.md',
  'CHANGELOG.md': 'changelog.md',
  'CONTRIBUTING.md': 'contributing.md',
  'SECURITY.md': 'security.md',
  'docs/:page*': ':page*',
};

/**
 * Converts a link on a page for the site. A link to a page, whether relative or to the repository, becomes a link to that page
 * on the site. A link to any other file becomes a link to the repository. Links to other sites are returned unchanged. Throws if
 * the file does not exist.
 *
 * @param repository the URL of the repository, such as `https://github.com/OWNER/partner-unbilled-usage`
 * @param page the path of the page in the repository, such as `docs/cli.md`
 */
export function siteLink(link: string, page: string, repository: string): string {
  const [target = '', anchor] = link.split('#');
  if (target === '') return link;
  const inRepository = new RegExp(`^${repository}/(?:blob|tree)/main/(.*)$`).exec(target)?.[1];
  if (inRepository === undefined && /^([a-z]+:|\/)/.test(target)) return link;
  const path = inRepository ?? posix.join(posix.dirname(page), target);
  if (!existsSync(path)) throw new Error(`Dead link in ${page}: ${link}`);
  const hash = anchor === undefined ? '' : `#${anchor}`;
  const onSite = rewrites[path] ?? (/^docs\/.*\.md$/.test(path) ? path.replace('docs/', '') : undefined);
  if (onSite) return `/${onSite.replace(/(^|\/)index\.md$/, '$1').replace(/\.md$/, '')}${hash}`;
  return `${repository}/${posix.extname(path) ? 'blob' : 'tree'}/main/${path}${hash}`;
}

/** Returns the anchor of a heading by GitHub's rule, so that a link works both there and on the site. */
export function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
