import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { contract } from '../../spec/build/contract.ts';
import { openApi30Files } from '../../spec/build/openapi-3.0.ts';

const files = openApi30Files();
const openapi30 = JSON.parse(files['openapi-3.0.json'] ?? '');

describe('the OpenAPI 3.0 copy', () => {
  it('is valid', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'openapi-3.0-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const paths = Object.keys(files).map((path) => join(folder, path));
    for (const [path, content] of Object.entries(files)) await writeFile(join(folder, path), content);
    const lint = ['lint', ...paths, '--config', 'spec/redocly.yaml'];
    const { stderr } = await promisify(execFile)('node_modules/.bin/redocly', lint);
    expect(stderr).toContain('valid');
    expect(openapi30.openapi).toBe('3.0.3');
  });

  it('has the same content as YAML and as JSON, even by the rules of YAML 1.1', () => {
    const yaml = files['openapi-3.0.yaml'] ?? '';
    expect(parse(yaml)).toEqual(openapi30);
    expect(parse(yaml, { version: '1.1' })).toEqual(openapi30);
  });

  const nodes = function* (node: unknown): Generator<object> {
    if (typeof node !== 'object' || node === null) return;
    yield node;
    for (const child of Object.values(node)) yield* nodes(child);
  };

  it('has nothing next to a reference, where 3.0 would ignore it', () => {
    const references = [...nodes(openapi30)].filter((node) => '$ref' in node);
    expect(references.filter((node) => Object.keys(node).length > 1)).toEqual([]);
    expect(references.length).toBeGreaterThan(100);
  });

  it('has a type next to each enum, which generators otherwise treat as an object', () => {
    const enums = [...nodes(openapi30)].filter((node) => 'enum' in node);
    expect(enums.filter((node) => !('type' in node))).toEqual([]);
    expect(enums).toHaveLength(2 + 3);
  });

  it.each(['examples', 'x-attribute-sets', 'x-extensible-enum'])('keeps all %s', (keyword) => {
    const all = (document: object) =>
      [...nodes(document)].flatMap((node) => (keyword in node ? [(node as Record<string, unknown>)[keyword]] : []));
    expect(all(openapi30)).toEqual(all(contract));
  });
});
