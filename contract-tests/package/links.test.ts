import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchorOf } from '../../docs/site-links.ts';
import manifest from '../../package.json' with { type: 'json' };
import { pages } from '../support/documentation.ts';

const SOURCES = manifest.homepage.replace('#readme', '');
const CHECKS = 'contract-tests/checks.md';
const KIT = 'contract-tests/kit/README.md';
const all = [...pages, 'spec/README.md', KIT, CHECKS, ...readdirSync('.').filter((name) => /^[A-Z]+\.md$/.test(name))];

const withoutCode = (text: string) => text.replace(/^```.*?^```$/gms, '').replace(/`[^`\n]*`/g, 'code');

/** Returns the targets of the links of a page, and what its references lack or have too much. */
function linksOf(text: string): { targets: string[]; problems: string[] } {
  const prose = withoutCode(text);
  const inline = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  const defined = new Map(
    [...prose.matchAll(/^\[([^\]]+)\]: (\S+)$/gm)].map(([, name = '', target = '']) => [name, target]),
  );
  const used = new Set([...prose.matchAll(/\]\[([^\]]+)\]/g)].map(([, name = '']) => name));
  return {
    targets: [...inline, ...defined.values()],
    problems: [
      ...[...used].filter((name) => !defined.has(name)).map((name) => `[${name}] is not defined`),
      ...[...defined.keys()].filter((name) => !used.has(name)).map((name) => `[${name}] is not used`),
    ],
  };
}

/** Returns the anchors of the titles of a page. */
function anchorsOf(text: string): string[] {
  const titles = withoutCode(text.replace(/`([^`\n]*)`/g, '$1')).matchAll(/^#+ (.*)$/gm);
  return [...titles].map(([, title = '']) => anchorOf(title));
}

/** Whether a link leads to a file of the sources, and to a title in it; links to other sites are not followed. */
function isDead(page: string, target: string): boolean {
  if (/^https?:/.test(target) && !target.startsWith(SOURCES)) return false;
  const path = target.replace(new RegExp(`^${SOURCES}(/(blob|tree)/main/)?`), '/');
  const [file = '', anchor] = path.split('#');
  const found = file === '' ? page : file.startsWith('/') ? `.${file.replace(/^\/+/, '/')}` : join(dirname(page), file);
  if (!existsSync(found)) return true;
  return anchor !== undefined && !anchorsOf(readFileSync(found, 'utf8')).includes(anchor);
}

describe('links', () => {
  it.each(all)('of %s lead somewhere', (page) => {
    const { targets, problems } = linksOf(readFileSync(page, 'utf8'));
    expect([...problems, ...targets.filter((target) => isDead(page, target))]).toEqual([]);
  });

  it.each(['README.md', KIT])('of %s work on the page of the package, where there are no sources', (page) => {
    const { targets } = linksOf(readFileSync(page, 'utf8'));
    expect(targets).not.toEqual([]);
    expect(targets.filter((target) => !/^(https:|#)/.test(target))).toEqual([]);
  });

  it.each([
    'gone.md',
    'README.md#gone',
    '#gone',
    `${SOURCES}/blob/main/gone.md`,
    `${SOURCES}/blob/main/docs/cli.md#gone`,
  ])('to %s would be found dead', (target) => {
    expect(isDead('README.md', target)).toBe(true);
  });
});
