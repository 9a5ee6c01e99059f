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

/** Returns the link targets of a page, and its undefined and unused references. */
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

/** Returns the anchors of the headings of a page. */
function anchorsOf(text: string): string[] {
  const titles = withoutCode(text.replace(/`([^`\n]*)`/g, '$1')).matchAll(/^#+ (.*)$/gm);
  return [...titles].map(([, title = '']) => anchorOf(title));
}

/** Returns whether the file of a link or its heading does not exist. Does not follow links to other sites. */
function isDead(page: string, target: string): boolean {
  if (/^https?:/.test(target) && !target.startsWith(SOURCES)) return false;
  const path = target.replace(new RegExp(`^${SOURCES}(/(blob|tree)/main/)?`), '/');
  const [file = '', anchor] = path.split('#');
  const linked =
    file === '' ? page : file.startsWith('/') ? `.${file.replace(/^\/+/, '/')}` : join(dirname(page), file);
  if (!existsSync(linked)) return true;
  return anchor !== undefined && !anchorsOf(readFileSync(linked, 'utf8')).includes(anchor);
}

describe('links', () => {
  it.each(all)('in %s lead to existing files and headings', (page) => {
    const { targets, problems } = linksOf(readFileSync(page, 'utf8'));
    expect([...problems, ...targets.filter((target) => isDead(page, target))]).toEqual([]);
  });

  it.each(['README.md', KIT])('in %s are absolute, so that they work on npm', (page) => {
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
  ])('to %s are reported as dead', (target) => {
    expect(isDead('README.md', target)).toBe(true);
  });
});
