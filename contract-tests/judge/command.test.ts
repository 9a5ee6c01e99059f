import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { checkNames } from '../kit/checks/judge.ts';
import { listen } from '../kit/mock/listen.ts';
import { partnerMonth, toBlob } from '../kit/mock/partner-month.ts';
import { scenarios } from '../kit/mock/scenarios.ts';
import { brokenServices } from '../support/broken-services.ts';
import type { ServiceOptions } from '../support/independent-exchange.ts';
import { startIndependentService } from '../support/independent-service.ts';
import { leaksIn } from '../support/leaks.ts';
import { emptyDirectory } from '../support/play.ts';
import { runProgram } from '../support/run-program.ts';

/** The output of `check` on stderr while an export runs. */
const progress = 'operation notStarted\noperation running\noperation succeeded\nreading 1 blob\n';
const blobs = { 'part-00000.c000.json.gz': toBlob([...partnerMonth(20)]) };
const kit = (args: string[], env: Record<string, string> = { CONTRACT_TOKEN: 'test-token' }) =>
  runProgram('node', ['contract-tests/kit/command/main.ts', ...args], {
    env: { ...process.env, CONTRACT_TOKEN: undefined, ...env },
  });

async function service(options: ServiceOptions = {}): Promise<string> {
  const { url, close } = await startIndependentService(blobs, options);
  onTestFinished(close);
  return `${url}/v1.0`;
}

describe('check', { timeout: 60_000 }, () => {
  it('prints a line for each check in the order of the list', async () => {
    const { code, stdout, stderr } = await kit(['check', `${await service()}/`]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: progress });
    expect([...stdout.matchAll(/^ {2}(?:ok|skipped) +([\w-]+)/gm)].map(([, name]) => name)).toEqual(checkNames);
    expect(stdout).toContain('  skipped  manifest-answered: the operation contains its manifest\n');
    expect(stdout).toMatch(/\n44 passed, 0 failed, 1 skipped, in \d+\.\d s\n$/);
  });

  it('prints received and documented values of a failed check, without secrets', async () => {
    const [, , { fault = {} }] = brokenServices.find(([name]) => name === 'manifest-sas') ?? ['', '', {}];
    const { code, stdout, stderr } = await kit(['check', await service({ fault })]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: progress });
    const lines = stdout.split('\n').map((line) => line.trim());
    expect(lines.slice(lines.indexOf('FAILED   manifest-sas'))).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^The service hands out a signed SAS .*\.$/),
        expect.stringMatching(/^sasToken .* received ".*sig=\[redacted\].*", documented /),
        expect.stringMatching(/^GET http:\S+\/operations\/\S+ was answered with 200:$/),
        'content-type: application/json; charset=utf-8',
        expect.stringMatching(
          /^curl --include --header "authorization: Bearer \$CONTRACT_TOKEN" --header 'client-request-id: \S+' 'http:\S+'$/,
        ),
      ]),
    );
    expect(leaksIn(stdout)).toEqual([]);
  });

  it('prints no control characters from a service', async () => {
    const evil = '\\u001b[2J\\u009b31m\\u202e';
    const after = (answer: { body: string | Uint8Array }, { kind }: { kind: string }) => {
      if (kind === 'operation') answer.body = `${answer.body}`.replace(/"(id|eTag|status)":"/g, `"$1":"${evil}`);
    };
    const { code, stdout } = await kit(['check', await service({ fault: { after } })]);
    expect(code).toBe(1);
    expect(stdout).toContain('FAILED   operation-status');
    expect(stdout).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
  });

  it('reports only the selected checks', async () => {
    const [, , { fault = {} }] = brokenServices.find(([name]) => name === 'blob-if-match') ?? ['', '', {}];
    const only = await kit(['check', await service({ fault }), '--only', 'blob-range', '--only', 'blob-etag']);
    expect(only).toMatchObject({ code: 0, stdout: expect.stringContaining('2 passed, 0 failed, 43 skipped') });
    const skip = await kit(['check', await service({ fault }), '--skip', 'blob-if-match']);
    expect(skip).toMatchObject({ code: 0, stdout: expect.not.stringContaining('blob-if-match') });
    expect(only.stdout.match(/^ {2}\w/gm)).toHaveLength(2);
  });

  it('sends the currency and period of its flags, and the token of the variable', async () => {
    const exports: unknown[] = [];
    const before = ({ kind, body, headers }: { kind: string; body: string; headers: Record<string, string> }) =>
      kind === 'export' && exports.push([headers.authorization, body]);
    const flags = ['--currency', 'EUR', '--period', 'current', '--token-env', 'MY_TOKEN'];
    const { code } = await kit(['check', await service({ fault: { before } }), ...flags], { MY_TOKEN: 'mine' });
    expect({ code, first: exports[0] }).toEqual({
      code: 0,
      first: ['Bearer mine', '{"currencyCode":"EUR","billingPeriod":"current"}'],
    });
  });

  it('needs no token for a mock, and prints what it sends instead', async () => {
    const { code, stdout, stderr } = await kit(['check', await service()], {});
    expect({ code, stderr }).toEqual({ code: 0, stderr: progress });
    expect(stdout).toContain("CONTRACT_TOKEN is not set, so the token is 'any'.\n");
  });

  it('fails blob-readable for a storage that does not answer', async () => {
    const { host, close } = await listen(createServer());
    await close();
    const nowhere = (text: string | Uint8Array) =>
      `${text}`.replace(/"rootDirectory":"http:..[^/]+/, `"rootDirectory":"http://${host}`);
    const after = (answer: { body: string | Uint8Array }) => {
      if (`${answer.body}`.includes('rootDirectory')) answer.body = nowhere(answer.body);
    };
    const { code, stdout } = await kit(['check', await service({ fault: { after } })]);
    expect(code).toBe(1);
    expect([...stdout.matchAll(/FAILED +(\S+)/g)].map(([, name]) => name)).toEqual(['blob-readable']);
    expect(stdout).toContain('received no answer (connect ECONNREFUSED');
  });

  describe('exits with 4 and one line', () => {
    it('if there is no server', async () => {
      const { host, close } = await listen(createServer());
      await close();
      const { code, stderr } = await kit(['check', `http://${host}/v1.0`]);
      expect({ code, stderr }).toEqual({
        code: 4,
        stderr: expect.stringMatching(/^No answer to POST http:\/\/\S+\/export: connect ECONNREFUSED \S+\n$/),
      });
    });

    it('if there is no response before the timeout', async () => {
      const { host, close } = await listen(createServer(() => {}));
      onTestFinished(close);
      const { code, stderr } = await kit(['check', `http://${host}/v1.0`, '--timeout', '200ms']);
      expect({ code, stderr }).toEqual({
        code: 4,
        stderr: expect.stringMatching(/^No answer to POST \S+ before the timeout\.\n$/),
      });
    });

    it('if a blob does not end before the timeout', async () => {
      // The body never arrives, and the connection stays open.
      const { host, close } = await listen(createServer((_, response) => response.flushHeaders()));
      onTestFinished(close);
      const after = (answer: { body: string | Uint8Array }) => {
        answer.body = `${answer.body}`.replace(/"rootDirectory":"http:..[^/]+/, `"rootDirectory":"http://${host}`);
      };
      const { code, stderr } = await kit(['check', await service({ fault: { after } }), '--timeout', '10s']);
      expect({ code, stderr }).toEqual({
        code: 4,
        stderr: expect.stringMatching(/\nNo answer to GET \S+\.json\.gz before the timeout\.\n$/),
      });
      expect(leaksIn(stderr)).toEqual([]);
    });

    it('if the operation does not end before the timeout, after the other results', async () => {
      const [, , { fault = {} }] = brokenServices.find(([name]) => name === 'operation-ends') ?? ['', '', {}];
      const { code, stdout, stderr } = await kit(['check', await service({ fault }), '--timeout', '8s']);
      expect({ code, stderr }).toEqual({
        code: 4,
        stderr: expect.stringContaining('\nThe operation did not end within 8 s. Allow more with --timeout.\n'),
      });
      expect([...stdout.matchAll(/FAILED +(\S+)/g)].map(([, name]) => name)).toEqual(['operation-ends']);
    });
  });

  it.each([
    [[]],
    [['http://127.0.0.1:1/v1.0', 'http://127.0.0.1:2/v1.0']],
    [['127.0.0.1:4010/v1.0']],
    [['ftp://127.0.0.1/v1.0']],
    [['http://user:pass@127.0.0.1/v1.0']],
    [['http://127.0.0.1/v1.0?a=1']],
    ...[
      ['--prot', '1'],
      ['--currency', 'usd'],
      ['--period', 'next'],
      ['--timeout', '1'],
      ['--timeout', '0s'],
      ['--timeout', '999h'],
      ['--only', 'blob-rang'],
      ['--skip', ''],
      ['--token-env', 'UNSET'],
      ['--token-env', 'SPACED'],
      ['--junit'],
      ['--wait-for', 'soon'],
    ].map((flags) => [['http://127.0.0.1:1/v1.0', ...flags]]),
  ])('exits with 2 and one line for %j', async (args) => {
    const { code, stdout, stderr } = await kit(['check', ...args], { CONTRACT_TOKEN: 'any', SPACED: 'a b' });
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^[^\n]+\. See partner-unbilled-usage-contract check --help\.\n$/),
    });
  });
});

describe('list', () => {
  let listing: { checks: Record<string, string>[]; scenarios: Record<string, string>[] };
  beforeAll(async () => {
    const child = await import('node:child_process');
    const args = ['contract-tests/kit/command/main.ts', 'list', '--json'];
    listing = JSON.parse(child.execFileSync('node', args, { encoding: 'utf8' }));
  }, 60_000);

  it('prints every check and scenario as JSON, with its source', () => {
    expect(listing.checks.map(({ name }) => name)).toEqual(checkNames);
    expect(listing.scenarios.map(({ name }) => name)).toEqual(Object.keys(scenarios));
    for (const entry of [...listing.checks, ...listing.scenarios]) expect(entry.see).toMatch(/^https:/);
  });

  it('prints them as text', async () => {
    const { code, stdout } = await kit(['list']);
    expect(code).toBe(0);
    const names = [...listing.checks, ...listing.scenarios].map(({ name }) => name);
    expect([...stdout.matchAll(/^ {2}(\S+)$/gm)].map(([, name]) => name)).toEqual(names);
  });
});

it.each([[['--help']], [['check', '--help']], [['mock', '-h']], [['list', '--help']]])(
  '%j fits on a screen',
  async (args) => {
    const { code, stdout, stderr } = await kit(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n').length).toBeLessThan(25);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
  },
);

it.each([[[]], [['chek']], [['constructor']]])('%j is not a command', async (args) => {
  expect(await kit(args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/^[^\n]+ --help\.\n$/) });
});

it('the command runs from another directory', async () => {
  const main = fileURLToPath(new URL('../kit/command/main.ts', import.meta.url));
  expect(await runProgram('node', [main, 'list'], { cwd: await emptyDirectory() })).toMatchObject({ code: 0 });
});
