import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { type Block, blocksOf, moduleOf, pages } from '../support/documentation.ts';

/** Returns the errors of the compiler for modules in memory, which import the package by its name. */
function problemsOf(modules: Map<string, string>): string[] {
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: ['src/index.ts'] }, ts.sys, '.');
  // The strictest settings of users, with @types/node instead of the DOM.
  Object.assign(options, { lib: ['lib.es2022.d.ts'], noPropertyAccessFromIndexSignature: true });
  options.paths = {
    'partner-unbilled-usage': [resolve('src/index.ts')],
    'partner-unbilled-usage/node': [resolve('src/node/index.ts')],
    'partner-unbilled-usage/generated': [resolve('generated/index.ts')],
    'partner-unbilled-usage-contract': [resolve('contract-tests/kit/index.ts')],
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => modules.has(path) || fileExists(path);
  host.readFile = (path) => modules.get(path) ?? readFile(path);
  host.getSourceFile = (path, language, ...rest) => {
    const code = modules.get(path);
    return code === undefined ? getSourceFile(path, language, ...rest) : ts.createSourceFile(path, code, language);
  };
  const program = ts.createProgram([...modules.keys()], options, host);
  return [...modules.keys()].flatMap((path) =>
    ts.getPreEmitDiagnostics(program, program.getSourceFile(path)).map(({ messageText }) => {
      return `${path}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    }),
  );
}

const client = `import type { UnbilledUsageClient } from 'partner-unbilled-usage';
declare const client: UnbilledUsageClient;
`;
const fileOf = (block: Block) => resolve(`${block.page.replaceAll('/', '-')}-line-${block.line}.ts`);

describe('the code of the README and the guides', { timeout: 60_000 }, () => {
  const blocks = pages.flatMap((page) => blocksOf(page, 'ts'));

  it('compiles', () => {
    expect(blocks.length).toBeGreaterThan(4);
    expect(problemsOf(new Map(blocks.map((block) => [fileOf(block), moduleOf(block.code, client)])))).toEqual([]);
  });

  it('would not compile with a misspelt option or name', () => {
    const name = /credential:|\.startExport|downloadExport(?=\()|GRAPH_ACCESS_TOKEN'\] \?\? ''|fileURLToPath(?=\()/;
    const broken = blocks.map((block): [string, string] => [
      fileOf(block),
      moduleOf(block.code.replace(name, '.oops'), client),
    ]);
    const files = problemsOf(new Map(broken)).map((problem) => problem.split(':')[0]);
    expect([...new Set(files)].sort()).toEqual(blocks.map(fileOf).sort());
  });
});

it('the README is short: at most 150 lines and 1,300 words', () => {
  const text = readFileSync('README.md', 'utf8');
  expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(150);
  expect(text.split(/\s+/).length).toBeLessThanOrEqual(1_300);
});
