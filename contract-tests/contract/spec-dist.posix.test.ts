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

describe('spec/dist', () => {
  it('is the output of the build (otherwise, run npm run build:spec)', async () => {
    const entries = await readdir('spec/dist', { recursive: true, withFileTypes: true });
    const built = entries.filter((each) => each.isFile());
    const paths = built.map((each) => join(each.parentPath, each.name));
    expect(paths.sort()).toEqual(
      Object.keys(files)
        .map((path) => join('spec/dist', path))
        .sort(),
    );
    for (const [path, content] of Object.entries(files)) {
      expect(Buffer.compare(await readFile(join('spec/dist', path)), Buffer.from(content)), path).toBe(0);
    }
  });

  it('does not depend on the folder, time zone or language', async () => {
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

  it('has valid documents of the version that they name', async () => {
    const copies = ['openapi.dereferenced.json', 'openapi-3.0.json', 'openapi-3.0.yaml'];
    const paths = ['openapi.json', 'openapi.yaml', ...copies, 'unbilled-usage.arazzo.yaml'];
    const lint = ['lint', ...paths.map((path) => `spec/dist/${path}`), '--config', 'spec/redocly.yaml'];
    const { stderr } = await run('node_modules/.bin/redocly', lint);
    expect(stderr).toContain('valid');
    expect([openapi31.openapi, json('openapi-3.0.json').openapi]).toEqual(['3.1.1', '3.0.3']);
  });

  it.each(['openapi', 'openapi-3.0'])('has the same %s as JSON and YAML, even by the rules of YAML 1.1', (name) => {
    expect(parse(text(`${name}.yaml`))).toEqual(json(`${name}.json`));
    expect(parse(text(`${name}.yaml`), { version: '1.1' })).toEqual(json(`${name}.json`));
  });

  it('has a copy without references, with the same paths and components', () => {
    const copy = json('openapi.dereferenced.json');
    expect(JSON.stringify(copy)).not.toContain('"$ref"');
    expect(Object.keys(copy.components.schemas).sort()).toEqual(Object.keys(openapi31.components.schemas).sort());
    expect(Object.keys(copy.paths)).toEqual(Object.keys(openapi31.paths));
  });

  it('has each component as a separate JSON Schema that a strict validator accepts', () => {
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
