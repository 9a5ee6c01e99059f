import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeDist } from '../../spec/build/dist-files.ts';
import { startMock } from '../kit/mock/start-mock.ts';
import { runProgram } from '../support/run-program.ts';
import { install } from '../tools/install.ts';
import packages from './package.json' with { type: 'json' };

// The commands of spec/README.md for TypeScript: each generator runs on the contract, and a consumer of the types, in
// consumers/, is compiled and run.

const here = import.meta.dirname;
const modules = join(here, 'node_modules');
const readme = await readFile('spec/README.md', 'utf8');
const commands = [...readme.matchAll(/^\| .* \| `npx ([\w-]+)@(\d+) (.*)` \|$/gm)].map(
  ([, name = '', version = '', args = '']) => ({ name, version, args: args.split(' ') }),
);
const orvalConfig = /^```js\n(export default \{\n {2}contract: [\s\S]*?)^```$/m.exec(readme)?.[1] ?? '';

interface Consumer {
  readOperation: (json: string) => unknown;
  tell: (operation: unknown) => string;
  amountOf: (line: string) => unknown;
  clientOf?: (baseUrl: string) => {
    start: () => Promise<string | null>;
    poll: (operationId: string) => Promise<unknown>;
  };
  refuses?: (request: object) => boolean;
  roundedAmountOf?: (line: string) => unknown;
}

beforeAll(() => install(here), 600_000);

async function folderWith(document: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'generated-'));
  await symlink(modules, join(folder, 'node_modules'));
  await cp(join(here, 'consumers'), folder, { recursive: true });
  await writeFile(join(folder, 'orval.config.mjs'), orvalConfig.replace('openapi.yaml', document));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  writeDist(join(folder, 'dist'));
  return folder;
}

/** Runs the command that `npx` would run. */
async function generate(folder: string, name: string, args: readonly string[]): Promise<void> {
  const { bin } = JSON.parse(await readFile(join(modules, name, 'package.json'), 'utf8'));
  const file = typeof bin === 'string' ? bin : (bin[name] ?? Object.values(bin)[0]);
  const outcome = await runProgram(process.execPath, [join(modules, name, file), ...args], { cwd: folder });
  expect(outcome, outcome.stderr + outcome.stdout).toMatchObject({ code: 0 });
}

async function compile(folder: string): Promise<void> {
  const tsc = join(process.cwd(), 'node_modules/typescript/bin/tsc');
  expect(await runProgram(process.execPath, [tsc], { cwd: folder })).toEqual({ code: 0, stdout: '', stderr: '' });
}

async function load(folder: string): Promise<Consumer> {
  const outfile = join(folder, 'consumer.js');
  const input = { entryPoints: [join(folder, 'consumer.ts')], outfile };
  await build({ ...input, bundle: true, format: 'esm', platform: 'node', logLevel: 'silent' });
  return import(/* @vite-ignore */ pathToFileURL(outfile).href);
}

it('spec/README.md names each generator, in the tested version', () => {
  const { 'openapi-fetch': _, zod: __, ...generators } = packages.dependencies;
  const versions = commands.map(({ name, version }) => [name, version]).sort();
  expect(versions).toEqual(Object.entries(generators).map(([name, version]) => [name, version.split('.')[0]]));
});

const ofContract = commands.map((command) => ({ ...command, document: 'openapi.yaml' }));
const ofCopy = commands
  .filter(({ name, args }) => name === 'orval' || args.includes('dist/openapi.yaml'))
  .map((command) => ({ ...command, document: 'openapi-3.0.yaml' }));

describe.each([...ofContract, ...ofCopy])('from $document with $name', ({ name, args, document }) => {
  let folder: string;
  let consumer: Consumer;
  beforeAll(async () => {
    folder = await folderWith(document);
    return () => rm(folder, { recursive: true });
  });
  const file = (path: string) => readFile(join(folder, 'dist/fixtures', path), 'utf8');

  it('a consumer of the generated types compiles', { timeout: 300_000 }, async () => {
    await cp(join(here, 'consumers', `${name}.ts`), join(folder, 'consumer.ts'));
    const input = args.map((each) => each.replace('openapi.yaml', document));
    await generate(folder, name, input);
    await compile(folder);
    consumer = await load(folder);
  });

  it('the three operations are told apart', async () => {
    const told = ['notStarted', 'running', 'succeededEmbedded', 'succeededLinked', 'completed', 'failedNoData'].map(
      async (example) => consumer.tell(consumer.readOperation(await file(`${example}.json`))),
    );
    expect(await Promise.all(told)).toEqual(['notStarted', 'running', '2 blobs', 'a link', '2 blobs', '5000']);
  });

  // The decimals of the copy are numbers only.
  it.runIf(document === 'openapi.yaml')('an amount keeps its 22 digits', async () => {
    const lines = await file('part-00000-3f0c8a52-7f0e-4a9b-9a37-5d1e0f6c2b11.c000.jsonl');
    const [, line = ''] = lines.split('\n');
    expect(consumer.amountOf(line)).toBe('3.914079999999999999995');
    // As spec/README.md says.
    if (name === 'quicktype') expect(consumer.roundedAmountOf?.(line)).toBe(3.91408);
  });

  if (name === 'orval') {
    it('a wrong request is refused, and an optional property may be missing', () => {
      const request = { currencyCode: 'USD', billingPeriod: 'last' };
      expect([consumer.refuses?.(request), consumer.refuses?.({ ...request, billingPeriod: 'next' })]).toEqual([
        false,
        true,
      ]);
    });
  }

  if (['openapi-typescript', 'swagger-typescript-api'].includes(name)) {
    it('a client exports from the mock', async ({ onTestFinished }) => {
      const { baseUrl, close } = await startMock({ items: 3, blobs: 2 });
      onTestFinished(close);
      const client = consumer.clientOf?.(baseUrl);
      const operationId = (await client?.start())?.split('/').at(-1) ?? '';
      const told = [];
      for (let poll = 0; poll < 3; poll++) told.push(consumer.tell(await client?.poll(operationId)));
      expect(told).toEqual(['notStarted', 'running', '2 blobs']);
    });
  }
});
