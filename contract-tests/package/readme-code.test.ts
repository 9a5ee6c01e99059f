import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { type Block, blocksOf, moduleOf, pages } from '../support/documentation.ts';

/** What the compiler says to modules that are in no file, by the package's name as its readers have it. */
function problemsOf(modules: Map<string, string>): string[] {
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: ['src/index.ts'] }, ts.sys, '.');
  options.paths = {
    'partner-unbilled-usage': [resolve('src/index.ts')],
    'partner-unbilled-usage/node': [resolve('src/node/index.ts')],
    'partner-unbilled-usage/generated': [resolve('generated/index.ts')],
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
const named = (block: Block) => resolve(`${block.page.replaceAll('/', '-')}-line-${block.line}.ts`);

describe('the code of the README and the guides', { timeout: 60_000 }, () => {
  const blocks = pages.flatMap((page) => blocksOf(page, 'ts'));

  it('compiles', () => {
    expect(blocks.length).toBeGreaterThan(4);
    expect(problemsOf(new Map(blocks.map((block) => [named(block), moduleOf(block.code, client)])))).toEqual([]);
  });

  it('would not compile with a misspelt option or name', () => {
    const broken = blocks.map((block): [string, string] => [
      named(block),
      moduleOf(block.code.replace(/credential:|client\.startExport|GRAPH_ACCESS_TOKEN \?\? ''/, 'oops.x'), client),
    ]);
    const found = problemsOf(new Map(broken)).map((problem) => problem.split(':')[0]);
    expect([...new Set(found)].sort()).toEqual(blocks.map(named).sort());
  });
});

describe('the commands of the README and the guides', () => {
  const { scripts, bin } = JSON.parse(readFileSync('package.json', 'utf8'));
  const shell = pages.flatMap((page) => blocksOf(page, 'sh').flatMap(({ code }) => code.split('\n')));

  it('are npm scripts that there are', () => {
    const run = shell.flatMap((line) => [...line.matchAll(/\bnpm (?:run ([\w:]+)|(start|test)\b)/g)]);
    const names = run.map(([, script, short]) => script ?? short);
    expect(names).toContain('mock');
    expect(names.filter((name) => !Object.hasOwn(scripts, `${name}`))).toEqual([]);
  });

  it('are commands that the package has', () => {
    const called = shell.flatMap((line) =>
      [...line.matchAll(/^unbilled-usage (\w+)/g)].map(([, name]) => `${name}.ts`),
    );
    expect(called).toContain('export.ts');
    expect(Object.keys(bin)).toEqual(['unbilled-usage']);
    expect(called.filter((file) => !readdirSync(join('src', 'cli', 'commands')).includes(file))).toEqual([]);
  });
});
