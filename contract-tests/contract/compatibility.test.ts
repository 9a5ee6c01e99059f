import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contractFile, readDocument } from '../../spec/document.ts';
import { compare } from '../tools/compatibility/compare.ts';
import { keywordCases } from '../tools/compatibility/keyword-cases.ts';
import { requestCases } from '../tools/compatibility/request-cases.ts';
import { responseCases } from '../tools/compatibility/response-cases.ts';
import { keywords, type Node } from '../tools/compatibility/rules.ts';
import { versionProblems } from '../tools/compatibility/version.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const contract = readDocument(contractFile);
// At a release, CONTRACT_RELEASED names the contract of the previous one, as released.yaml has already changed.
const released = readDocument(process.env.CONTRACT_RELEASED ?? new URL('../../spec/released.yaml', import.meta.url));

it('the version of the contract and the changelog match the changes since the last release', () => {
  expect(versionProblems(released, contract, read('CHANGELOG.md'))).toEqual([]);
});

describe('a keyword', () => {
  it.each(keywordCases)(
    '%s that changes from %j to %j makes a schema %s, and the reverse %s',
    (keyword, before, after, there, back) => {
      expect([keywords[keyword]?.(before, after), keywords[keyword]?.(after, before)]).toEqual([there, back]);
    },
  );

  it('has a case if it has a rule, and has a rule if the contract uses it', () => {
    expect(new Set(keywordCases.map(([keyword]) => keyword))).toEqual(new Set(Object.keys(keywords)));
    const structure = ['$ref', 'allOf', 'anyOf', 'oneOf', 'properties', 'items', 'x-line-schema', 'discriminator'];
    const unruled = keywordsOf(contract).filter((keyword) => !(keyword in keywords) && !structure.includes(keyword));
    expect(unruled).toEqual([]);
  });
});

describe('the level of', () => {
  const cases = [...requestCases, ...responseCases].map(([name, change, level, what]) => ({
    name,
    change,
    level,
    what,
  }));

  it.each(cases)('$name is $level', ({ change, level, what }) => {
    const changed = structuredClone(released);
    change(changed, changed.components.schemas);
    const [first] = compare(released, changed);
    expect(first).toEqual({ level, what });
  });

  it('another order of keys is none', () => {
    expect(compare(released, structuredClone(released))).toEqual([]);
    const { paths, ...rest } = released;
    expect(compare(released, { paths, ...rest })).toEqual([]);
  });
});

describe('a version', () => {
  const base = { ...released, info: { ...released.info, version: '1.0.0' } };
  const changelog = (...items: string[]) => ['# Changelog', '', '## Unreleased', '', ...items, ''].join('\n');
  const at = (version: string, change: (schemas: Node) => void = () => {}): Node => {
    const changed = structuredClone(base);
    changed.info.version = version;
    change(changed.components.schemas);
    return changed;
  };
  const breach = (schemas: Node) => delete schemas.Manifest.properties.eTag;
  const changes: Record<string, (schemas: Node) => void> = {
    nothing: () => {},
    words: (schemas) => Object.assign(schemas.Manifest, { description: 'x' }),
    addition: (schemas) => Object.assign(schemas.Manifest.properties, { x: {} }),
    breach,
    'addition and breach': (schemas) => Object.assign(schemas.Manifest.properties, { x: {} }) && breach(schemas),
  };

  const entry = (version: string) => changelog(`- The contract ${version}: something. To migrate, do something.`);

  it.each([
    ['1.0.0', 'nothing'],
    ['1.0.1', 'words'],
    ['2.1.0', 'words'],
    ['1.1.0', 'addition'],
    ['2.0.0', 'addition and breach'],
  ])('%s is enough after this change: %s', (version, change) => {
    expect(versionProblems(base, at(version, changes[change]), entry(version))).toEqual([]);
  });

  it.each([
    ['0.9.9', 'nothing', '1.0.0', ''],
    ['1.0.0', 'words', '1.0.1', '\n  patch: descriptions or examples'],
    ['1.0.1', 'addition', '1.1.0', '\n  minor: response Manifest.x: new'],
    ['1.9.9', 'breach', '2.0.0', '\n  major: response Manifest.eTag: gone'],
    ['1.1.0', 'addition and breach', '2.0.0', '\n  major: response Manifest.eTag: gone'],
  ])('%s is not enough after this change: %s (at least %s)', (version, change, least, why) => {
    const problem = `info.version ${version} must be ${least} or later${why}`;
    expect(versionProblems(base, at(version, changes[change]), entry(version))).toEqual([problem]);
  });

  it('in another format is rejected', () => {
    expect(versionProblems(base, at('1.1'), changelog())).toEqual(['info.version "1.1" is not MAJOR.MINOR.PATCH']);
  });

  it('needs an entry in the changelog', () => {
    const problem = ['CHANGELOG.md has no entry “The contract 1.1.0: …”'];
    expect(versionProblems(base, at('1.1.0'), changelog('- The contract 1.0.0: something.'))).toEqual(problem);
    expect(versionProblems(base, at('1.1.0'), changelog('- The contract 1.1.0: something.'))).toEqual([]);
  });

  it('with breaking changes needs an entry that says how to migrate', () => {
    const problem = ['The entry “The contract 2.0.0” in CHANGELOG.md does not say how to migrate'];
    const other = '- To migrate something else.';
    const entry = '- The contract 2.0.0: `eTag` is gone.';
    expect(versionProblems(base, at('2.0.0', breach), changelog(entry, other))).toEqual(problem);
    expect(versionProblems(base, at('2.0.0', breach), changelog(entry, '  Migrate: read `version`.', other))).toEqual(
      [],
    );
  });
});

/** Returns the keywords of all schemas in a document. */
function keywordsOf(document: Node): string[] {
  const names = new Set<string>();
  const schema = (node: Node): void => {
    for (const keyword of Object.keys(node)) names.add(keyword);
    for (const part of [node.allOf ?? [], node.anyOf ?? [], node.oneOf ?? [], node.items ?? []].flat()) schema(part);
    for (const property of Object.values<Node>(node.properties ?? {})) schema(property);
  };
  const walk = (node: Node): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, child] of Object.entries<Node>(node)) {
      if (key === 'schema') schema(child);
      else if (key === 'schemas') Object.values(child).forEach(schema);
      else if (key !== 'examples' && key !== 'example') walk(child);
    }
  };
  walk(document);
  return [...names];
}
