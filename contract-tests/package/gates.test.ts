import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { type BuildOptions, build } from 'esbuild';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

interface PackedFile {
  path: string;
  size: number;
}

let folder: string;
let tarball: Buffer<ArrayBuffer>;
let files: PackedFile[];

/** Packs the existing build, and unpacks it into an empty folder, from which it can be imported. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'package-'));
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: root });
  const [name = ''] = await readdir(folder);
  const archive = join(folder, name);
  tarball = await readFile(archive);
  const installed = join(folder, 'node_modules', manifest.name);
  await mkdir(installed, { recursive: true });
  await run('tar', ['-xzf', archive, '--strip-components=1', '-C', installed]);
  // Lists the files itself, because npm's list hides names that look like a secret, such as the ID in a fixture's name.
  const entries = await readdir(installed, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  files = await Promise.all(
    paths.map(async (file) => ({
      path: relative(installed, file).replaceAll(sep, '/'),
      size: (await stat(file)).size,
    })),
  );
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs a script that can import the package, and returns its output. */
async function runScript(name: string, script: string): Promise<string> {
  await writeFile(join(folder, name), script);
  return run(process.execPath, [name], { cwd: folder }).then(
    ({ stdout }) => stdout,
    ({ stderr }) => stderr,
  );
}

describe('the package', () => {
  it('passes publint', async () => {
    const bytes = tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.byteLength);
    const { messages, pkg } = await publint({ pack: { tarball: bytes }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  it('has the right types for each entry with code, for import', async () => {
    const entrypoints = ['.', './node', './generated'];
    const result = await checkPackage(createPackageFromTarballData(tarball), { entrypoints });
    if (!result.types) throw new Error('There are no types.');
    expect(Object.keys(result.entrypoints)).toEqual(entrypoints);
    const forRequire = ['node10', 'node16-cjs'];
    const isOurs = (problem: object) =>
      !('resolutionKind' in problem && forRequire.includes(`${problem.resolutionKind}`));
    expect(result.problems.filter(isOurs)).toEqual([]);
  });

  it('has complete types, which need @types/node and ES2022, but not the DOM', { timeout: 60_000 }, async () => {
    const path = join(folder, 'types.mts');
    await writeFile(path, ['', '/node', '/generated'].map((entry) => `import '${manifest.name}${entry}';\n`).join(''));
    const program = ts.createProgram([path], {
      ...{ lib: ['lib.es2022.d.ts'], types: ['node'], typeRoots: [join(root, 'node_modules/@types')] },
      ...{ module: ts.ModuleKind.NodeNext, strict: true, exactOptionalPropertyTypes: true, noEmit: true },
    });
    expect(ts.formatDiagnostics(ts.getPreEmitDiagnostics(program), ts.createCompilerHost({}))).toBe('');
  });

  it('contains the files that a consumer needs, and nothing else', () => {
    const paths = files.map(({ path }) => path);
    const contract = ['openapi.yaml', 'openapi.json', 'unbilled-usage.arazzo.yaml'].map((name) => `spec/dist/${name}`);
    const needed = ['README.md', 'LICENSE', 'CHANGELOG.md', 'package.json', ...contract];
    expect(paths).toEqual(expect.arrayContaining(needed));
    const known = /^(dist\/(src|generated)\/.*\.(js|d\.ts)|spec\/dist\/fixtures\/.*)$/;
    expect(paths.filter((path) => !needed.includes(path) && !known.test(path))).toEqual([]);
    expect(paths.filter((path) => /test|\.map$|(?<!\.d)\.ts$/.test(path))).toEqual([]);
  });

  it('is at most 120 kB packed', () => {
    expect(tarball.length).toBeLessThanOrEqual(120_000);
  });

  it.each([
    ['the code', /^dist\/.*\.js$/, 190_000],
    ['the types', /^dist\/.*\.d\.ts$/, 95_000],
    // Each attribute has a description.
    ['the contract, without fixtures', /^spec\/dist\/[^/]+$/, 95_000],
    ['the rest', /^[^/]+$/, 32_000],
  ])('has a limited size: %s', (_part, path, limit) => {
    const matches = files.filter((file) => path.test(file.path)).sort((a, b) => b.size - a.size);
    const listing = matches.slice(0, 10).map((file) => `${file.size} ${file.path}`);
    expect(matches.length).toBeGreaterThan(0);
    expect(sum(matches), listing.join('\n')).toBeLessThan(limit);
  });

  it('has only optional peers, and no other dependencies', () => {
    expect(manifest).not.toHaveProperty('dependencies');
    expect(manifest).not.toHaveProperty('optionalDependencies');
    const peers = Object.keys(manifest.peerDependencies);
    expect(manifest.peerDependenciesMeta).toEqual(Object.fromEntries(peers.map((name) => [name, { optional: true }])));
    expect(manifest.sideEffects).toBe(false);
  });

  it('has a file for each of its exports', async () => {
    const entries = Object.keys(manifest.exports).flatMap((entry) => {
      if (!entry.endsWith('/*')) return [entry];
      const prefix = `spec/dist/${entry.slice(2, -1)}`;
      const names = files.filter(({ path }) => path.startsWith(prefix)).map(({ path }) => path.slice(prefix.length));
      expect(names, entry).not.toEqual([]);
      return names.map((name) => entry.replace('*', name));
    });
    const script = `
      import { existsSync } from 'node:fs';
      import { fileURLToPath } from 'node:url';
      const entries = ${JSON.stringify(entries.map((entry) => entry.replace('.', manifest.name)))};
      const missing = entries.filter((entry) => !existsSync(fileURLToPath(import.meta.resolve(entry))));
      console.log(JSON.stringify(missing));`;
    expect(await runScript('exports.mjs', script)).toBe('[]\n');
  });

  it.each<BuildOptions>([
    { platform: 'browser' },
    ...['worker', 'workerd', 'edge-light'].map((condition) => ({ conditions: [condition] })),
  ])('fails to import /node for $platform $conditions, with the reason', async (options) => {
    const contents = `import { downloadExport } from '${manifest.name}/node'; console.log(downloadExport);`;
    const { outputFiles = [] } = await build({
      platform: 'neutral',
      ...options,
      stdin: { contents, resolveDir: folder },
      ...{ bundle: true, format: 'esm', write: false, logLevel: 'silent' },
    });
    expect(await runScript('browser.mjs', outputFiles[0]?.text ?? '')).toContain(
      `Error: ${manifest.name}/node writes files, so it needs Node.js, Deno or Bun.`,
    );
  });
});

function sum(files: PackedFile[]): number {
  return files.reduce((total, { size }) => total + size, 0);
}
