import { readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { partnerMonth, toLine } from '../kit/mock/partner-month.ts';
import { type Mock, startMock } from '../kit/mock/start-mock.ts';
import { blocksOf, moduleOf, pages } from '../support/documentation.ts';
import { emptyDirectory } from '../support/play.ts';
import { runProgram } from '../support/run-program.ts';

const month = [...partnerMonth(50)];
const preloaded = fileURLToPath(new URL('../support/at-the-mock.ts', import.meta.url));
const command = resolve('src/cli/main.ts');

let mock: Mock;
beforeAll(async () => {
  mock = await startMock({ lines: month.map(toLine) });
}, 60_000);
afterAll(() => mock?.close());

/** Runs a program against the mock, though it says nothing of one. */
function run(cwd: string, ...args: string[]) {
  const env = { ...process.env, MOCK_URL: new URL(mock.baseUrl).origin, GRAPH_ACCESS_TOKEN: 'any' };
  return runProgram('node', ['--import', preloaded, ...args], { cwd, env });
}

const withCredential = `import { createUnbilledUsageClient } from 'partner-unbilled-usage';
const client = createUnbilledUsageClient({ credential: 'any' });
`;
const { CustomerName = '', ProductName = '', BillingPreTaxTotal = '' } = month[0] ?? {};
const firstLine = `${CustomerName} ${ProductName} ${BillingPreTaxTotal}\n`;

/** What each block prints, in the order of the pages. */
const printed: Record<string, RegExp[]> = {
  'README.md': [
    lines(firstLine),
    new RegExp(`^(running\n)+succeeded\n{[^}]*CustomerName: '${CustomerName}'`),
    /^NotFound\n$/,
  ],
  'docs/faults.md': [lines(`${ProductName}\n`)],
  'docs/quick-start.md': [lines(firstLine), /^$/, /^50\n$/],
};

/** As many lines as there are line items, the first of which is this. */
function lines(first: string): RegExp {
  return new RegExp(`^${first.replace(/[.*+?^$()|[\]]/g, '\\$&')}(.*\\n){${month.length - 1}}$`);
}

describe('the programs of a page run as they stand, one after the other', { timeout: 60_000 }, () => {
  it.each(pages.filter((page) => blocksOf(page, 'ts').length > 0))('%s', async (page) => {
    const folder = await emptyDirectory();
    for (const [index, { line, code }] of blocksOf(page, 'ts').entries()) {
      const program = join(folder, 'program.mts');
      await writeFile(program, moduleOf(code, withCredential));
      const stdout = expect.stringMatching(printed[page]?.[index] ?? 'missing');
      expect({ line, ...(await run(folder, program)) }).toEqual({ line, code: 0, stdout, stderr: '' });
    }
  });
});

describe('the commands of a page run one after the other', { timeout: 120_000 }, () => {
  const commandsOf = (page: string) =>
    blocksOf(page, 'sh').flatMap(({ code }) => code.split('\n').filter((line) => line.startsWith('unbilled-usage ')));

  it.each(pages.filter((page) => commandsOf(page).length > 0))('%s', async (page) => {
    const folder = await emptyDirectory();
    for (const line of commandsOf(page)) {
      const outcome = await run(folder, command, ...line.split(' ').slice(1));
      expect({ line, ...outcome }).toMatchObject({ code: 0 });
    }
    expect(await readdir(join(folder, 'september'))).toContain('export.parquet');
  });
});
