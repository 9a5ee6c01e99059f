import { execFile } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CredentialUnavailableError } from '@azure/identity';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { adviceAfter, adviceOnService, quoted, resumeCommand } from '../../src/cli/commands/next-step.ts';
import { BlobError, NetworkError } from '../../src/index.ts';
import { exportArgs, newDirectory, run } from '../support/command.ts';
import { accepted, emptyDirectory, example, refusal, scripted } from '../support/play.ts';

// The lines after an error, which say what to do next.

it.each([
  ['out', 'out'],
  ["it's mine", "'it'\\''s mine'"],
  ['-out', './-out'],
])('the directory %s is %s for a shell', (directory, argument) => {
  expect(resumeCommand(directory)).toBe(`unbilled-usage resume ${argument}`);
});

it.each([
  ['C:\\usage\\2024-10', 'C:\\usage\\2024-10'],
  ["C:\\it's mine\\", '"C:\\it\'s mine"'],
  ['a,b', '"a,b"'],
])('the directory %s is %s for PowerShell and cmd', (directory, argument) => {
  expect(quoted(directory, 'win32')).toBe(argument);
});

describe('a request through a proxy', () => {
  const env = { HTTPS_PROXY: 'http://user:secret@proxy.example:8080' };
  const check =
    'Check HTTPS_PROXY: requests go through the proxy proxy.example:8080, unless NO_PROXY lists their host.';

  it.each([
    ['Microsoft Graph', new NetworkError('GET /', 5, new Error('other side closed'))],
    ['the storage', new BlobError('a', 'broke off after 0 bytes: fetch failed')],
  ])('to %s that got no answer names it', (_, error) => {
    expect(adviceAfter(error, 'DIR', {}, '', env)).toEqual([check, 'Resume with: unbilled-usage resume DIR']);
    expect(adviceOnService(error, {}, { ...env, NO_PROXY: '*' })).toEqual([
      'Check the network. If it needs a proxy, set HTTPS_PROXY.',
    ]);
    expect(adviceOnService(error, { 'base-url': 'http://gateway.example/v1.0' }, env)).toContain(check);
  });

  it('that wants a password says how to pass it', () => {
    const error = new NetworkError('GET /', 5, new Error('Proxy response (407) !== 200'));
    expect(adviceOnService(error, {}, env)).toEqual([
      check,
      'The proxy wants a name and a password: http://USER:PASSWORD@HOST:PORT',
    ]);
  });

  it('is not to blame for an answer of the service', () => {
    expect(adviceOnService(new BlobError('a', 'is corrupt'), {}, env)).toEqual([]);
  });
});

describe('a token that expired', () => {
  const advice =
    'Set GRAPH_ACCESS_TOKEN to a new token, such as from az account get-access-token --resource https://graph.microsoft.com --query accessToken --output tsv, after az login --service-principal as the app.';

  it('is to be replaced before the export is resumed', async () => {
    const directory = await newDirectory();
    const service = await scripted(accepted, refusal(401));
    const { stderr } = await run(exportArgs(service, directory));
    expect(stderr.split('\n').slice(-3)).toEqual([
      advice,
      `Resume with: unbilled-usage resume ${directory} --base-url ${service.url}/v1.0`,
      '',
    ]);
  });
});

describe('status of a word that is neither a directory nor looks like an ID', () => {
  it.each([
    ['some-id', ['There is no directory "some-id", so it was used as the ID of an operation.', '']],
    ['9ab9cb54-d07f-4f52-9ea6-a09d7de52c14', ['']],
  ])('says so: %s', async (id, lines) => {
    const service = await scripted(refusal(404));
    const { stderr } = await run(['status', id, '--base-url', `${service.url}/v1.0`]);
    expect(stderr.split('\n').slice(1)).toEqual(lines);
  });
});

describe('an export that failed', () => {
  const startAgain = (directory: string) => `Start again with: unbilled-usage export … --out ${directory}\n`;

  it.each(['lines', 'summary'])('has no %s', async (command) => {
    const directory = await newDirectory();
    const service = await scripted(accepted, { body: example('failedNoData') });
    expect(await run(exportArgs(service, directory))).toMatchObject({ code: 3 });
    expect(await run([command, directory])).toEqual({
      code: 1,
      stdout: '',
      stderr: `DirectoryError: ${directory} contains an export that failed.\n${startAgain(directory)}`,
    });
  });

  it('fails again when it is resumed, and is not downloaded', async () => {
    const directory = await newDirectory();
    const service = await scripted(accepted, { body: example('failedNoData') });
    await run(exportArgs(service, directory));
    expect(await run(['resume', directory, '--base-url', `${service.url}/v1.0`])).toEqual({
      code: 3,
      stdout: '',
      stderr:
        'ExportFailedError: There is no usage in the currency and period of this export (export 9ab9cb54-d07f-4f52-9ea6-a09d7de52c14, code 5000). ' +
        "Check --currency: it must be the partner's billing currency.\n" +
        startAgain(directory),
    });
  });
});

describe('an export that was started at another base URL', () => {
  /** Creates the directory of an export at a service, and returns it with the line that names the service. */
  async function startedAt(base: string) {
    const directory = await emptyDirectory();
    const handle = { operationId: 'some-id', location: `${base}/reports/partners/billing/operations/some-id` };
    await writeFile(join(directory, 'export.json'), JSON.stringify({ handle }));
    const { origin } = new URL(base);
    return { directory, ...handle, advice: `The export was started at ${origin}; add --base-url ${base}` };
  }

  it.each(['status', 'resume'])('is named by %s if the operation does not exist', async (command) => {
    const other = await scripted();
    const { directory, advice } = await startedAt(`${other.url}/v1.0`);
    const service = await scripted(refusal(404));
    const { code, stderr } = await run([command, directory, '--base-url', `${service.url}/v1.0`]);
    const [error, ...lines] = stderr.split('\n');
    expect({ code, error, lines }).toEqual({
      code: 1,
      error: expect.stringMatching(/^GraphRequestError: GET .* answered 404 /),
      lines: [advice, ''],
    });
    expect(other.requests).toEqual([]); // The token stays at the base URL.
  });

  it.each(['status', 'resume'])('is named by %s if the sign-in for Microsoft Graph fails', async (command) => {
    class DefaultAzureCredential {
      getToken = async () => {
        throw new CredentialUnavailableError('none');
      };
    }
    vi.doMock('@azure/identity', () => ({ DefaultAzureCredential }));
    onTestFinished(() => void vi.doUnmock('@azure/identity'));
    const { directory, advice } = await startedAt('http://127.0.0.1:9/a b/beta');
    const { stderr } = await run([command, directory], { env: { GRAPH_ACCESS_TOKEN: '' } });
    expect(stderr.split('\n')).toEqual([
      'CredentialUnavailableError: none',
      'Set GRAPH_ACCESS_TOKEN, or AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.',
      advice.replace('a b', 'a%20b'),
      '',
    ]);
  });

  it('is named by status for the URL of an operation', async () => {
    const { location, advice } = await startedAt('http://127.0.0.1:9/v1.0');
    const service = await scripted(refusal(404));
    const { stderr } = await run(['status', location, '--base-url', `${service.url}/v1.0`]);
    expect(stderr.split('\n').slice(1)).toEqual([advice, '']);
  });

  it.each(['https://graph.microsoft.com/v1.0', 'the base URL in use'])('is not %s', async (base) => {
    const service = await scripted(refusal(404));
    const { directory } = await startedAt(base.startsWith('https') ? base : `${service.url}/v1.0`);
    const { stderr } = await run(['status', directory, '--base-url', `${service.url}/v1.0`]);
    expect(stderr.split('\n')).toHaveLength(2);
  });

  it.each(['lines', 'summary', 'export'])('is in the command to resume of %s', async (command) => {
    const { directory } = await startedAt('http://127.0.0.1:9/v1.0');
    const args = command === 'export' ? exportArgs(await scripted(), directory) : [command, directory];
    const { stderr } = await run(args);
    expect(stderr).toContain(` unbilled-usage resume ${directory} --base-url http://127.0.0.1:9/v1.0`);
  });

  it('does not matter for other errors', async () => {
    const { directory, location } = await startedAt('http://127.0.0.1:9/v1.0');
    expect(adviceAfter(new BlobError('a', 'is corrupt'), directory, {}, location, {})).toEqual([
      `Resume with: unbilled-usage resume ${directory}`,
    ]);
  });
});

describe('--base-url', () => {
  const failed = new NetworkError('GET /', 5, new Error('connect ECONNREFUSED 127.0.0.1:9'));
  const flags = { 'base-url': 'http://127.0.0.1:9/v1.0' };

  it('is to be checked if nothing answers there', () => {
    const check = 'Check --base-url, and that a service is running at http://127.0.0.1:9/v1.0.';
    expect(adviceOnService(failed, flags, {})).toEqual([check]);
    expect(adviceAfter(failed, 'DIR', flags, '', {})).toEqual([
      check,
      'Resume with: unbilled-usage resume DIR --base-url http://127.0.0.1:9/v1.0',
    ]);
    expect(adviceOnService(failed, {}, {})).not.toContain(check);
  });

  it.each(['export', 'status'])(
    'without a version leads to the question whether one is missing: %s',
    async (command) => {
      const service = await scripted(refusal(404));
      const args =
        command === 'export'
          ? exportArgs(service, await newDirectory())
          : [command, crypto.randomUUID(), '--base-url', ''];
      const { stderr } = await run([...args, '--base-url', service.url]);
      expect(stderr.split('\n').slice(1)).toEqual([`Does --base-url end in /v1.0? It is ${service.url}.`, '']);
    },
  );

  it('with a version does not', async () => {
    const service = await scripted(refusal(404));
    const { stderr } = await run(['status', crypto.randomUUID(), '--base-url', `${service.url}/v1.0/`]);
    expect(stderr.split('\n')).toHaveLength(2);
  });
});

describe('an export that cannot be started', () => {
  it.each<[string, () => ReturnType<typeof scripted>, string[]]>([
    ['a refusal', () => scripted(refusal(403)), []],
    ['a deadline', () => scripted(() => {}), ['--timeout', '1s']],
  ])('because of %s leaves no directory, nor the parents that it created', async (_, start, more) => {
    const parent = await emptyDirectory();
    const { code } = await run(exportArgs(await start(), join(parent, 'a', 'b'), ...more));
    expect(code).toBeGreaterThan(0);
    expect(await readdir(parent)).toEqual([]);
  });

  it('keeps an empty directory that existed before', async () => {
    const directory = await emptyDirectory();
    expect(await run(exportArgs(await scripted(refusal(403)), directory))).toMatchObject({ code: 1 });
    expect(await readdir(directory)).toEqual([]);
  });

  it('because the disk is full leaves no directory', async ({ skip }) => {
    const disk = await emptyDirectory();
    const mount = promisify(execFile);
    const inodes = 'nr_inodes=2'; // The disk itself, and one directory without a lock.
    const result = await mount('mount', ['-t', 'tmpfs', '-o', inodes, 'tmpfs', disk]).catch((error) => error);
    if (result instanceof Error) return skip(`cannot mount a tmpfs here: ${result.message}`);
    onTestFinished(async () => {
      await mount('umount', [disk]);
    });
    const service = await scripted();
    expect(await run(exportArgs(service, join(disk, 'out')))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^DirectoryError: .*export\.lock\.\S+: ENOSPC/),
    });
    expect(await readdir(disk)).toEqual([]);
    expect(service.requests).toEqual([]);
  });
});
