import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { distFiles } from '../../spec/build/dist-files.ts';

const run = promisify(execFile);
const files = distFiles();
const text = (path: string): string => Buffer.from(files[path] ?? '').toString();
// biome-ignore lint/suspicious/noExplicitAny: OpenAPI documents are walked by the names of their own format.
const json = (path: string): any => JSON.parse(text(path));

const openapi31 = json('openapi.json');
const openapi30 = json('openapi-3.0.json');

describe('spec/dist', () => {
  const documents = ['openapi', 'openapi-3.0'];

  it('is what the build makes: else run npm run build:spec', async () => {
    const entries = await readdir('spec/dist', { recursive: true, withFileTypes: true });
    const paths = entries.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
    expect(paths.sort()).toEqual(
      Object.keys(files)
        .map((path) => join('spec/dist', path))
        .sort(),
    );
    for (const [path, content] of Object.entries(files)) {
      expect(Buffer.compare(await readFile(join('spec/dist', path)), Buffer.from(content)), path).toBe(0);
    }
  });

  it('is the same at another time, in another place and language', async () => {
    const script = `
      import { createHash } from 'node:crypto';
      const { distFiles } = await import(process.argv[1]);
      for (const [path, content] of Object.entries(distFiles())) console.log(path, createHash('md5').update(content).digest('hex'));`;
    const module = join(process.cwd(), 'spec/build/dist-files.ts');
    const elsewhere = async (cwd: string, TZ: string, LANG: string) =>
      (
        await run(process.execPath, ['--input-type=module', '-e', script, module], {
          cwd,
          env: { ...process.env, TZ, LANG },
        })
      ).stdout;
    const here = await elsewhere('.', 'UTC', 'C');
    expect(here.split('\n')).toHaveLength(Object.keys(files).length + 1);
    expect(await elsewhere('/', 'Asia/Tokyo', 'tr_TR.UTF-8')).toBe(here);
  });

  it('has valid documents, by the versions that they name', async () => {
    const paths = ['openapi.json', 'openapi.yaml', 'openapi.dereferenced.json', 'openapi-3.0.json', 'openapi-3.0.yaml'];
    const lint = ['lint', ...paths.map((path) => `spec/dist/${path}`), '--config', 'spec/redocly.yaml'];
    const { stderr } = await run('node_modules/.bin/redocly', lint);
    expect(stderr).toContain('valid');
    expect([openapi31.openapi, openapi30.openapi]).toEqual(['3.1.1', '3.0.3']);
  });

  it.each(documents)('has %s as JSON and YAML, which says the same by the rules of YAML 1.1', (name) => {
    expect(parse(text(`${name}.yaml`))).toEqual(json(`${name}.json`));
    expect(parse(text(`${name}.yaml`), { version: '1.1' })).toEqual(json(`${name}.json`));
  });

  it('has a copy without references, of the same paths and components', () => {
    const copy = json('openapi.dereferenced.json');
    expect(JSON.stringify(copy)).not.toContain('"$ref"');
    expect(Object.keys(copy.components.schemas).sort()).toEqual(Object.keys(openapi31.components.schemas).sort());
    expect(Object.keys(copy.paths)).toEqual(Object.keys(openapi31.paths));
  });

  it('has each component as a JSON Schema that a strict validator takes as it is, alone', () => {
    for (const name of Object.keys(openapi31.components.schemas)) {
      const schema = json(`schemas/${name}.json`);
      expect(schema).toMatchObject({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        $id: `urn:partner-unbilled-usage:${name}`,
      });
      const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
      addFormats.default(ajv);
      expect(() => ajv.compile(schema), name).not.toThrow();
    }
  });
});

describe('the OpenAPI 3.0 copy', () => {
  const nodes = function* (node: unknown): Generator<object> {
    if (typeof node !== 'object' || node === null) return;
    yield node;
    for (const child of Object.values(node)) yield* nodes(child);
  };

  it('has nothing beside a reference, where 3.0 would pass over it', () => {
    const references = [...nodes(openapi30)].filter((node) => '$ref' in node);
    expect(references.filter((node) => Object.keys(node).length > 1)).toEqual([]);
    expect(references.length).toBeGreaterThan(100);
  });

  it('has a type beside each enum, without which generators take it for an object', () => {
    const enums = [...nodes(openapi30)].filter((node) => 'enum' in node);
    expect(enums.filter((node) => !('type' in node))).toEqual([]);
    expect(enums).toHaveLength(2 + 3);
  });

  it.each(['examples', 'x-attribute-sets', 'x-extensible-enum'])('keeps all %s', (keyword) => {
    const all = (document: object) =>
      [...nodes(document)].flatMap((node) => (keyword in node ? [(node as Record<string, unknown>)[keyword]] : []));
    expect(all(openapi30)).toEqual(all(openapi31));
  });
});
