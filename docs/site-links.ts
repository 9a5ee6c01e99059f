import { existsSync } from 'node:fs';
import { posix } from 'node:path';

/** Where each page of the sources is on the site. The guides keep their names. */
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
 * Returns a link of a page as the site needs it: to another page of the site, whether it is written as a relative link or
 * as one to the repository, or else to the repository. Other links stay as they are. Throws if the sources have no such file.
 *
 * @param repository the address of the sources, such as `https://github.com/OWNER/partner-unbilled-usage`
 * @param page where the page is in the sources, such as `docs/cli.md`
 */
export function siteLink(link: string, page: string, repository: string): string {
  const [target = '', anchor] = link.split('#');
  if (target === '') return link;
  const inRepository = new RegExp(`^${repository}/(?:blob|tree)/main/(.*)$`).exec(target)?.[1];
  if (inRepository === undefined && /^([a-z]+:|\/)/.test(target)) return link;
  const path = inRepository ?? posix.join(posix.dirname(page), target);
  if (!existsSync(path)) throw new Error(`Dead link in ${page}: ${link}`);
  const hash = anchor === undefined ? '' : `#${anchor}`;
  const known = rewrites[path] ?? (/^docs\/.*\.md$/.test(path) ? path.replace('docs/', '') : undefined);
  if (known) return `/${known.replace(/(^|\/)index\.md$/, '$1').replace(/\.md$/, '')}${hash}`;
  return `${repository}/${posix.extname(path) ? 'blob' : 'tree'}/main/${path}${hash}`;
}

/** Returns the anchor of a title, by the rule of GitHub, so that a link works there and on the site. */
export function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
