import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { partnerMonth, toLine } from '../kit/mock/partner-month.ts';
import { type Mock, startMock } from '../kit/mock/start-mock.ts';
import { type Block, blocksOf, moduleOf, pages } from '../support/documentation.ts';
import { documentedCommands } from '../support/documented-commands.ts';
import { emptyDirectory } from '../support/play.ts';
import { type Outcome, runProgram } from '../support/run-program.ts';

const month = [...partnerMonth(50)];
const preload = resolve('contract-tests/support/at-the-mock.ts');
const duckdb = pathToFileURL(resolve('node_modules/@duckdb/node-api/lib/index.js'));

let mock: Mock;
beforeAll(async () => {
  mock = await startMock({ lines: month.map(toLine) });
}, 60_000);
afterAll(() => mock?.close());

const withCredential = `import { createUnbilledUsageClient } from 'partner-unbilled-usage';
const client = createUnbilledUsageClient({ credential: 'any' });
`;
const { CustomerName = '', ProductName = '', BillingPreTaxTotal = '' } = month[0] ?? {};
const everyProduct = lines(`${ProductName}\n`);

/** The output of each TypeScript program, in the order of the page. */
const outputs: Record<string, RegExp[]> = {
  'README.md': [lines(`${CustomerName} ${ProductName} ${BillingPreTaxTotal}\n`), /^$/, /^50\n$/, everyProduct],
  'docs/api.md': [
    new RegExp(`^(running\n)+succeeded\n${everyProduct.source.slice(1)}`),
    lines(`${BillingPreTaxTotal.padStart(30)} undefined\n`),
    lines(`${BillingPreTaxTotal}\n`),
    /^NotFound\n$/,
    /^$/,
  ],
  'docs/authentication.md': [/^[-\w]{36}\n$/],
  'docs/testing.md': [/^✔ reads every line item /, /^403 \w+\n$/, /^5000\n$/],
};

/** Returns a pattern for one line per line item, with the text of the first. */
function lines(first: string): RegExp {
  return new RegExp(`^${first.replace(/[.*+?^$()|[\]]/g, '\\$&')}(.*\\n){${month.length - 1}}$`);
}

type Run = (block: Block, folder: string, env: NodeJS.ProcessEnv) => Promise<Outcome>;

const runners: Record<string, Run> = {
  async ts({ code }, cwd, env) {
    await writeFile(join(cwd, 'program.mts'), moduleOf(code, withCredential));
    return runProgram('node', ['--import', preload, 'program.mts'], { cwd, env });
  },
  sh: ({ code }, cwd, env) => runProgram('bash', ['-euo', 'pipefail', '-c', code], { cwd, env }),
  async sql({ code }, cwd, env) {
    const query = `const { DuckDBInstance } = await import('${duckdb}');
      const connection = await (await DuckDBInstance.create()).connect();
      console.log((await connection.runAndReadAll(\`${code}\`)).currentRowCount);`;
    return runProgram('node', ['--input-type=module', '--eval', query], { cwd, env });
  },
};

/** Languages that are not run: output, and those that documented-words.test.ts and workflows.test.ts check. */
const others = ['', 'json', 'powershell', 'crontab', 'yaml'];

describe('the code blocks of a page run unchanged, in sequence', { timeout: 120_000 }, () => {
  it.each(pages)('%s', async (page) => {
    const folder = await emptyDirectory();
    const env = await documentedCommands(folder, new URL(mock.baseUrl).origin);
    const programs = [...(outputs[page] ?? [])];
    let before = '';
    for (const block of blocksOf(page)) {
      const { line, language, code } = block;
      if (language === 'json') expect({ line, keys: keysOf(code) }).toEqual({ line, keys: keysOf(before) });
      const run = runners[language];
      if (!run) {
        expect(others, `line ${line}`).toContain(language);
        continue;
      }
      const outcome = await run(block, folder, env);
      expect({ line, ...outcome }).toMatchObject({ line, code: 0 });
      if (language === 'ts') {
        expect({ line, ...outcome }).toMatchObject({
          stdout: expect.stringMatching(programs.shift() ?? /^missing$/),
          stderr: '',
        });
      }
      before = outcome.stdout;
    }
    expect(programs).toEqual([]);
  });
});

it('npm start prints the output in the README', { timeout: 60_000 }, async () => {
  const { stdout } = await runProgram('sh', ['-c', 'node examples/first-run.ts 2>&1']);
  const normalize = (text: string) =>
    text.replaceAll(/127\.0\.0\.1:\d+/g, 'HOST').replace(/export [-\w]{36}/, 'export ID');
  const [output] = blocksOf('README.md', '');
  const [beginning = ''] = output?.code.split('…\n') ?? [];
  expect(normalize(stdout).slice(0, normalize(beginning).length)).toBe(normalize(beginning));
});

function keysOf(json: string): [string, string][] {
  return Object.entries(JSON.parse(json)).map(([name, value]) => [name, typeof value]);
}
