import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { startMock } from '../kit/mock/start-mock.ts';
import { emptyDirectory } from '../support/play.ts';
import { runProgram } from '../support/run-program.ts';

const ACTION = resolve('.github/actions/contract');

it('the script of the action passes more options to the checks, and writes files to the workspace', async () => {
  const { runs } = parse(await readFile(join(ACTION, 'action.yml'), 'utf8'));
  const { run } = runs.steps.find(({ id }: { id?: string }) => id === 'check');
  const workspace = await emptyDirectory();
  const temporary = await emptyDirectory();
  const mock = await startMock({ items: 10 });
  const env = {
    ...process.env,
    GITHUB_ACTION_PATH: ACTION,
    GITHUB_OUTPUT: join(temporary, 'output'),
    TARGET: mock.baseUrl,
    CONTRACT_TOKEN: 'any',
    CURRENCY: 'EUR',
    WAIT_FOR: '30s',
    TIMEOUT: '5m',
    REPORT: join(temporary, 'report.json'),
    ARGUMENTS: '--junit junit.xml --skip blob-range,blob-if-match',
  };
  const { code } = await runProgram('bash', ['-eo', 'pipefail', '-c', run], { cwd: workspace, env }).finally(
    mock.close,
  );
  expect(code).toBe(0);

  expect(await readFile(env.GITHUB_OUTPUT, 'utf8')).toBe(`report=${env.REPORT}\n`);
  const { checks } = JSON.parse(await readFile(env.REPORT, 'utf8'));
  const outcomes = Object.fromEntries(checks.map(({ name, outcome }: Record<string, string>) => [name, outcome]));
  expect(outcomes).toMatchObject({ 'blob-etag': 'passed', 'blob-range': 'skipped', 'blob-if-match': 'skipped' });
  expect(await readFile(join(workspace, 'junit.xml'), 'utf8')).toContain('blob-etag');
});
