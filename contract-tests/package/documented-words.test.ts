import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Block, blocksOf, pages } from '../support/documentation.ts';

// Some commands in the documentation cannot be run here, without PowerShell, Azure and a scheduler. Each of them must be
// in this list, with its options.

const commands: Record<string, readonly string[]> = {
  'az account get-access-token': ['--resource', '--query', '--output'],
  'az ad app create': ['--display-name', '--sign-in-audience', '--query', '--output'],
  'az ad app permission add': ['--id', '--api', '--api-permissions'],
  'az ad app permission admin-consent': ['--id'],
  'az ad sp create': ['--id'],
  'az ad sp show': ['--id', '--query', '--output'],
  'az login': ['--service-principal', '--username', '--certificate', '--tenant', '--allow-no-subscriptions'],
  'az rest': ['--method', '--url', '--body'],
  'Export-Clixml': [],
  'Get-Date': ['-Format'],
  'Import-Clixml': [],
  'New-Item': ['-ItemType', '-Force'],
  'Read-Host': ['-AsSecureString'],
  'Test-Path': [],
  'powershell.exe': ['-NoProfile', '-ExecutionPolicy', '-File'],
  'schtasks.exe': ['/Create', '/TN', '/SC', '/D', '/ST', '/RU', '/RP', '/TR'],
};

/** The help of each command of the package. */
const help: Record<string, string> = {};
beforeAll(() => {
  const programs: [string, string, string[]][] = [
    ['unbilled-usage', 'src/cli/main.ts', ['export', 'resume', 'status', 'lines', 'summary']],
    ['partner-unbilled-usage-contract', 'contract-tests/kit/command/main.ts', ['check', 'mock', 'list']],
  ];
  for (const [program, file, names] of programs) {
    for (const name of names) {
      help[`${program} ${name}`] = execFileSync(process.execPath, [file, name, '--help'], { encoding: 'utf8' });
    }
  }
});

const COMMAND =
  /(?<![\w$/.-])(az [a-z]+(?: [a-z]+(?:-[a-z]+)*)*|[A-Z][a-z]+-[A-Z][A-Za-z]+|powershell\.exe|schtasks\.exe|(?:unbilled-usage|partner-unbilled-usage-contract(?:@[\d.]+)?) [a-z]+)/;
const OPTION = /(?<=[\s'"])(--?|\/)[A-Za-z][\w-]*(?=[\s)'"]|$)/g;

/** Returns the commands of a block, each with the options up to the next command. */
function callsOf({ code }: Block): [string, string[]][] {
  const parts = code
    .replaceAll('\\\n', ' ')
    .split('\n')
    .flatMap((line) => line.split(new RegExp(COMMAND, 'g')));
  return parts.flatMap((part, n): [string, string[]][] =>
    n > 0 && COMMAND.test(part)
      ? [[part.replace(/@[\d.]+/, ''), [...(parts[n + 1] ?? '').matchAll(OPTION)].map(([option]) => option)]]
      : [],
  );
}

function unknownIn([command, options]: [string, string[]]): string[] {
  const isKnown = (option: string) => help[command]?.includes(`${option} `) ?? commands[command]?.includes(option);
  if (!help[command] && !commands[command]) return [command];
  return options.filter((option) => !isKnown(option)).map((option) => `${command} ${option}`);
}

describe('commands that are not run', () => {
  const blocks = pages.flatMap((page) => blocksOf(page));
  const calls = blocks
    .filter(({ language }) => ['powershell', 'crontab', 'yaml', 'sh'].includes(language))
    .flatMap(callsOf);

  it('and their options exist, on every page', () => {
    expect(calls.flatMap(unknownIn)).toEqual([]);
    const names = new Set(calls.map(([name]) => name));
    expect([...names]).toEqual(expect.arrayContaining(Object.keys(commands)));
  });

  it.each([
    ['command', 'unbilled-usage exprot --quiet', ['unbilled-usage exprot']],
    [
      'command of a version',
      'npx partner-unbilled-usage-contract@1.0.0 chekc',
      ['partner-unbilled-usage-contract chekc'],
    ],
    ['option', 'unbilled-usage resume $directory --fromat csv', ['unbilled-usage resume --fromat']],
    [
      'option of the kit',
      'npx --yes partner-unbilled-usage-contract check http://x --juint y',
      ['partner-unbilled-usage-contract check --juint'],
    ],
    ['cmdlet', '$secret = Import-Clixlm C:\\secret.xml', ['Import-Clixlm']],
    ['parameter', 'Read-Host -AsSecret | Export-Clixml x', ['Read-Host -AsSecret']],
    ['switch', 'schtasks.exe /Create /WHEN MONTHLY', ['schtasks.exe /WHEN']],
    ['option of az', '$x = az account get-access-token --resurce y', ['az account get-access-token --resurce']],
  ])('are reported for a misspelt %s', (_what, code, problems) => {
    expect(callsOf({ page: '', line: 1, language: '', code }).flatMap(unknownIn)).toEqual(problems);
  });

  it.each(blocks.filter(({ language }) => language === 'crontab'))(
    'have a PATH and a valid time, in $page line $line',
    ({ code }) => {
      expect(code).toMatch(/^PATH=\S+\n((([\d,]+|\*) ){5}\S+ (last|current)\n)+$/);
    },
  );
});
