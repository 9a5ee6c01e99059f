import { resolve } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { spec } from '../kit/document/document.ts';

// What an editor shows, from TypeScript's own language service.

const probe = resolve('src/hovers-probe.ts');
const code = `import { createUnbilledUsageClient, UnbilledUsageError } from './index.ts';
const client = createUnbilledUsageClient({ credential: 'x' });
const handle = await client.startExport({ currencyCode: 'USD', billingPeriod: 'last' });
await client.waitForExport(handle);
for await (const exact of client.lineItems(handle, { numbers: 'string' })) exact.BenefitID;
for await (const rounded of client.lineItems(handle)) rounded.UnitPrice;
export const explain = (error: unknown) => error instanceof UnbilledUsageError && error.code === 'BLOB' && error.blobName;
`;

const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: ['src/index.ts'] }, ts.sys, '.');
const service = ts.createLanguageService({
  getScriptFileNames: () => [probe],
  getScriptVersion: () => '1',
  getScriptSnapshot: (path) => ts.ScriptSnapshot.fromString(path === probe ? code : (ts.sys.readFile(path) ?? '')),
  getCurrentDirectory: () => resolve('.'),
  getCompilationSettings: () => options,
  getDefaultLibFileName: ts.getDefaultLibFilePath,
  fileExists: (path) => path === probe || ts.sys.fileExists(path),
  readFile: ts.sys.readFile,
  directoryExists: ts.sys.directoryExists,
  getDirectories: ts.sys.getDirectories,
});

const words = (text = '') => text.split(/\s+/).filter(Boolean);

it.each<[string, string, string?]>([
  ['exact of', 'const exact: UsageLineItem<string>'],
  ['BenefitID', '(property) BenefitID?: string | undefined'],
  ['rounded of', 'const rounded: UsageLineItem<string | number>'],
  ['UnitPrice', '(property) UnitPrice?: string | number | undefined'],
  ['blobName', '(property) BlobError.blobName: string', 'The name in the manifest.'],
])('the hover of %s shows the type and the description', { timeout: 60_000 }, (text, type, known) => {
  const hover = service.getQuickInfoAtPosition(probe, code.indexOf(text));
  expect(ts.displayPartsToString(hover?.displayParts)).toBe(type);
  const { description = known } = spec.components.schemas.UsageLineItem.properties[text] ?? {};
  expect(words(ts.displayPartsToString(hover?.documentation))).toEqual(words(description));
});

it('an attribute has a description', () => {
  expect(spec.components.schemas.UsageLineItem.properties.BenefitID.description).toContain('BenefitId');
});

it('the hover of a method links to the errors that it throws', { timeout: 60_000 }, () => {
  const hover = service.getQuickInfoAtPosition(probe, code.indexOf('waitForExport'));
  expect(hover?.tags?.map(({ name, text }) => `${name}: ${ts.displayPartsToString(text)}`)).toEqual([
    'throws: An {@link ExportFailedError }, with `noData` if there is no usage, or a {@link WaitTimeoutError }',
  ]);
});

// TypeScript takes what follows a tag for its type, so "@throws {@link X}" becomes two tags, of which one is "link".
it('no documentation comment is cut at a link', () => {
  const files = ts.sys.readDirectory('src', ['.ts']);
  const cut = files.flatMap((path) => {
    const source = ts.createSourceFile(path, ts.sys.readFile(path) ?? '', ts.ScriptTarget.Latest, true);
    const tags: string[] = [];
    const visit = (node: ts.Node) => {
      for (const tag of ts.getJSDocTags(node)) if (tag.tagName.text === 'link') tags.push(`${path}: ${tag.getText()}`);
      ts.forEachChild(node, visit);
    };
    visit(source);
    return tags;
  });
  expect(files.length).toBeGreaterThan(60);
  expect(cut).toEqual([]);
});

it('every exported name and its fields have a description', { timeout: 60_000 }, () => {
  const program = ts.createProgram(['src/index.ts', 'src/node/index.ts', 'contract-tests/kit/index.ts'], options);
  const checker = program.getTypeChecker();
  const isOurs = ({ declarations = [] }: ts.Symbol) =>
    declarations.some((node) => !node.getSourceFile().fileName.includes('/node_modules/'));
  const isDescribed = (symbol?: ts.Symbol) => (symbol?.getDocumentationComment(checker) ?? []).length > 0;
  /** A literal or the name of a described type says enough. */
  const needsNone = (field: ts.Symbol) => {
    const { flags, aliasSymbol } = checker.getTypeOfSymbol(field);
    return (flags & ts.TypeFlags.StringLiteral) > 0 || isDescribed(aliasSymbol);
  };
  const fieldsOf = (type: ts.Type): ts.Symbol[] =>
    type.isUnion() ? type.types.flatMap(fieldsOf) : checker.getPropertiesOfType(type).filter(isOurs);
  const bare = program.getRootFileNames().flatMap((path) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(path) as ts.SourceFile) as ts.Symbol;
    return checker.getExportsOfModule(module).flatMap((name) => {
      const symbol = name.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(name) : name;
      const fields = fieldsOf(checker.getDeclaredTypeOfSymbol(symbol)).filter((field) => !needsNone(field));
      return [symbol, ...fields].filter((each) => !isDescribed(each)).map((each) => `${name.name}: ${each.name}`);
    });
  });
  expect(bare).toEqual([]);
});
