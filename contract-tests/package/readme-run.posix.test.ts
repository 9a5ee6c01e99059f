import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { partnerMonth, toLine } from '../kit/mock/partner-month.ts';
import { type Mock, startMock } from '../kit/mock/start-mock.ts';
import { type Block, blocksOf, moduleOf, pages } from '../support/documentation.ts';
import { documentedCommands } from '../support/documented-commands.ts';
import { emptyDirectory } from '../support/play.ts';
import { type Outcome, runProgram } from '../support/run-program.ts';

const month = [...partnerMonth(50)];
const preload = resolve('contract-tests/support/at-the-mock.ts');

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

/** The output of each program in TypeScript or Python, in the order of the page. */
const outputs: Record<string, RegExp[]> = {
  'README.md': [lines(`${CustomerName} ${ProductName} ${BillingPreTaxTotal}\n`), /^$/, /^50\n$/, everyProduct],
  'docs/api.md': [
    new RegExp(`^(running\n)+succeeded\n${everyProduct.source.slice(1)}`),
    lines(`${BillingPreTaxTotal.padStart(30)} undefined\n`),
    lines(`${BillingPreTaxTotal}\n`),
    everyProduct,
    /^NotFound\n$/,
    /^$/,
  ],
  'docs/authentication.md': [/^[-\w]{36}\n$/, /^[-\w]{36}\n$/],
  'docs/cli.md': [/^\d+\n$/],
  'docs/testing.md': [
    /^✔ reads every line item /,
    /^✔ keeps every digit of a credit /,
    /^401\n$/,
    /^✔ reports a period without usage /,
    /^✔ reports a missing permission /,
    /^5000\n$/,
  ],
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
  python: ({ code }, cwd, env) => runProgram('python3', ['-c', code], { cwd, env }),
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
      if (language === 'ts' || language === 'python') {
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

it('the script for cron starts another export only if the first found no usage', async () => {
  const folder = await emptyDirectory();
  const bin = join(folder, 'bin');
  await mkdir(bin);
  const command = `echo $1
[ $1 = resume ] && exit $RESUME_CODE
mkdir -p "$7"
touch "$7/export.json"
exit 3
`;
  for (const [name, script] of Object.entries({ 'unbilled-usage': command, date: 'echo 2024-10-06\n' })) {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}`);
    await chmod(join(bin, name), 0o755);
  }
  const run = (script: string, resumeCode = '') => {
    const env = { ...process.env, HOME: folder, PATH: `${bin}:${process.env.PATH}`, RESUME_CODE: resumeCode };
    return runProgram('bash', ['-c', script], { env });
  };
  for (const { code } of blocksOf('docs/cli.md', 'sh').filter(({ code }) => code.includes("<<'END'"))) await run(code);
  const script = '~/usage/export.sh last';

  expect(await run(script)).toEqual({ code: 3, stdout: 'export\n', stderr: '' });
  expect(await run(script, '3')).toEqual({ code: 3, stdout: 'resume\nexport\n', stderr: '' });
  expect(await run(script, '4')).toEqual({ code: 4, stdout: 'resume\n', stderr: '' });
  expect(await run(script, '0')).toEqual({ code: 0, stdout: 'resume\n', stderr: '' });
  expect(await run('ls ~/usage')).toMatchObject({ stdout: '2024-10-06-last\nexport.sh\n' });
});

it('the command in the README packs the files that it names', async () => {
  const readme = await readFile('README.md', 'utf8');
  const [, command = 'false'] = /`(npm pack [^`]+)`/.exec(readme) ?? [];
  const { stdout } = await runProgram('sh', ['-c', `${command} --dry-run --ignore-scripts --json`]);
  const packed: string[] = JSON.parse(stdout).map(({ filename }: { filename: string }) => filename);
  expect(new Set(packed)).toEqual(new Set(readme.match(/partner-[\w.-]+\.tgz/g)));
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
