import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { AggregateAuthenticationError, AuthenticationError, CredentialUnavailableError } from '@azure/identity';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { CommandError, OutputError } from '../../src/cli/errors.ts';
import { importPeer } from '../../src/cli/peer.ts';
import { report } from '../../src/cli/screen/failure.ts';
import { columns, OTHER, spellings } from '../../src/cli/tables/columns.ts';
import { InvalidRequestError } from '../../src/index.ts';
import { downloadExport } from '../../src/node/index.ts';
import { partnerMonth, type StoredItem, toBlob, toLine } from '../kit/mock/partner-month.ts';
import { exportArgs, newDirectory, run } from '../support/command.ts';
import { mockService } from '../support/mock-service.ts';
import { accepted, clientOf, emptyDirectory, example, handle, refusal, scripted, succeeded } from '../support/play.ts';
import { query } from '../support/query.ts';
import { type ReceivedRequest, startScriptedServer } from '../support/scripted-server.ts';
import { type StoredExport, storeExport } from '../support/storage.ts';

/** Values that generated months lack: 22 digits, exponents, other spellings, a new attribute, an offset, odd texts. */
const odd: StoredItem = {
  CustomerId: 'odd',
  CustomerName: 'Łódź, "Sp." z o.o.\n=1+1',
  BillingCurrency: 'EUR',
  BillingPreTaxTotal: '0.1234567890123456789012',
  UnitPrice: '1E+2',
  Quantity: '-2.5e-3',
  EffectiveUnitPrice: '0.000000000000000000000123456789',
  UsageDate: '2024-09-30T23:30:00.1234567-01:00',
  ChargeStartDate: '2024-09-01T00:00:00',
  BenefitID: 'benefit',
  BenefitOrderID: 'order',
  ResourceUri: '/subscriptions/x',
  ANewAttribute: 'new',
};
const month = [...partnerMonth(1_500), odd];
const blobs: Record<string, Uint8Array> = Object.fromEntries(
  [0, 1, 2].map((i) => [`part-0000${i}.c000.json.gz`, toBlob(month.slice(i * 501, (i + 1) * 501))]),
);
const storedLines = Buffer.concat(Object.values(blobs).map((blob) => gunzipSync(blob))).toString();
// A blob need not end with a line feed.
blobs['part-00001.c000.json.gz'] = gzipSync(month.slice(501, 1_002).map(toLine).join('\n'));
const bytes = Object.values(blobs).reduce((sum, blob) => sum + blob.length, 0);

let stored: StoredExport;
beforeAll(async () => {
  stored = await storeExport(blobs);
});

/** A directory for the tests that only read a download. */
let sharedDirectory: string;
beforeAll(async () => {
  sharedDirectory = await mkdtemp(join(tmpdir(), 'cli-'));
  const service = await startScriptedServer(succeeded(stored.manifest()));
  await downloadExport(clientOf(service), handle, { directory: sharedDirectory });
  await service.close();
});
afterAll(() => rm(sharedDirectory, { recursive: true }));

/** Runs an export into a new directory with the command. */
async function exportMonth(
  ...more: string[]
): Promise<{ directory: string; outcome: Awaited<ReturnType<typeof run>> }> {
  const directory = await newDirectory();
  const service = await mockService(['succeededEmbedded'], () => stored.manifest());
  return { directory, outcome: await run(exportArgs(service, directory, ...more)) };
}

async function expectRawFiles(directory: string): Promise<void> {
  for (const [name, blob] of Object.entries(blobs)) {
    expect(Buffer.compare(await readFile(join(directory, name)), blob)).toBe(0);
  }
}

async function expectNoSecrets(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    expect(await readFile(join(directory, name), 'latin1')).not.toMatch(/test-token|sig=|sasToken/);
    expect((await stat(join(directory, name))).mode & 0o077).toBe(0);
  }
}

/** Returns a decimal as an integer, multiplied by 10^30. */
function exact(text: string): bigint {
  const [, sign, whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d*))?(?:[eE](.+))?$/.exec(text) ?? [];
  const places = 30 + Number(exponent) - fraction.length;
  return BigInt(`${sign}${whole}${fraction}`) * 10n ** BigInt(places);
}

describe('export', () => {
  it('downloads the blobs unchanged into a directory without secrets', async () => {
    const { directory, outcome } = await exportMonth();
    expect(outcome).toMatchObject({
      code: 0,
      stdout: `1,501 line items, 3 blobs, ${bytes.toLocaleString('en')} bytes in ${directory}\n`,
    });
    expect((await readdir(directory)).sort()).toEqual(['export.json', ...Object.keys(blobs)]);
    await expectRawFiles(directory);
    await expectNoSecrets(directory);
  });

  it('sends the values of its flags', async () => {
    const directory = await newDirectory();
    const service = await scripted(accepted, succeeded(stored.manifest()));
    await run(exportArgs(service, directory, '--attributes', 'basic', '--quiet'));
    expect(service.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /v1.0/reports/partners/billing/usage/unbilled/export',
      'GET /v1.0/reports/partners/billing/operations/9ab9cb54-d07f-4f52-9ea6-a09d7de52c14',
    ]);
    expect(JSON.parse(service.requests[0]?.body ?? '')).toEqual({
      currencyCode: 'USD',
      billingPeriod: 'last',
      attributeSet: 'basic',
    });
    expect(service.requests[0]?.headers.authorization).toBe('Bearer test-token');
  });

  it('stores the handle in the directory before the first poll', async () => {
    const directory = await newDirectory();
    let state = '{}';
    const service = await scripted(accepted, async (_: ReceivedRequest, response) => {
      state = await readFile(join(directory, 'export.json'), 'utf8');
      response.setHeader('content-type', 'application/json').end(JSON.stringify(example('failedNoData')));
    });
    await run(exportArgs(service, directory));
    expect(JSON.parse(state)).toMatchObject({ handle });
  });

  it('prints the result as one JSON object, and with --quiet nothing else', async () => {
    const { directory, outcome } = await exportMonth('--json', '--quiet', '--format', 'jsonl', '--concurrency', '1');
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(outcome.stdout)).toEqual({
      operationId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      directory,
      format: 'jsonl',
      output: join(directory, 'export.jsonl'),
      blobs: 3,
      bytes,
      lineItems: 1_501,
      files: Object.entries(blobs).map(([name, blob], i) => ({
        name,
        path: join(directory, name),
        bytes: blob.length,
        lineItems: i === 2 ? 499 : 501,
      })),
    });
    expect(outcome.stdout.split('\n')).toHaveLength(2);
  });

  it('prints a few plain lines without a terminal', async () => {
    const many = Object.fromEntries(month.slice(0, 40).map((item, i) => [`part-${i}.json.gz`, toBlob([item])]));
    const manifest = (await storeExport(many)).manifest;
    const soon = { body: example('running'), headers: { 'retry-after': '0' } };
    const service = await scripted(accepted, soon, soon, succeeded(manifest()));
    const { stderr } = await run(exportArgs(service, await emptyDirectory(), '--format', 'jsonl'));
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^export [0-9a-f-]{36} started$/),
      'running',
      'downloading',
      ...[8, 16, 24, 32, 40].map((n) => expect.stringMatching(`^${n} of 40 blobs: ${n} line items, [\\d,]+ bytes$`)),
      'writing export.jsonl',
    ]);
  });
});

describe('a complete directory', () => {
  it('is resumed without the service unless a file is missing, as the operation may have expired', async () => {
    const { directory } = await exportMonth();
    const nowhere = ['--base-url', 'http://127.0.0.1:9/v1.0'];
    expect(await run(['resume', directory, '--format', 'jsonl', ...nowhere])).toMatchObject({ code: 0 });
    expect(await readFile(join(directory, 'export.jsonl'), 'utf8')).toBe(storedLines);

    await rm(join(directory, 'part-00001.c000.json.gz'));
    const { operationId } = JSON.parse((await run(['status', directory, '--json'])).stdout);
    const service = await mockService(['succeededEmbedded'], () => stored.manifest(), operationId);
    expect(await run(['resume', directory, '--base-url', `${service.url}/v1.0`])).toMatchObject({ code: 0 });
    await expectRawFiles(directory);
  });
});

describe('a directory', () => {
  it('prints its lines as stored', async () => {
    expect(await run(['lines', sharedDirectory])).toEqual({ code: 0, stdout: storedLines, stderr: '' });
  });

  it('prints its status', async () => {
    const { stdout } = await run(['status', sharedDirectory]);
    expect(stdout.replace(/[0-9a-f-]{36}/, 'ID')).toBe(`\
operation    ID
state        downloaded
blobs        3 of 3
bytes        ${bytes.toLocaleString('en')}
line items   1,501
`);
  });

  it('with an export is not used for another one', async () => {
    const service = await scripted();
    expect(await run(exportArgs(service, sharedDirectory))).toEqual({
      code: 2,
      stdout: '',
      stderr: `UsageError: --out ${sharedDirectory} contains an export. Use unbilled-usage resume ${sharedDirectory}, or --restart.\n`,
    });
    expect(service.requests).toEqual([]);
  });
});

describe('status of an operation', () => {
  it('prints the state from the service, without the SAS', async () => {
    const story = ['running', 'succeededEmbedded', 'failedNoData'];
    const service = await mockService(story, () => stored.manifest(), 'some-id');
    const ask = async (...args: string[]) =>
      (await run(['status', 'some-id', '--base-url', `${service.url}/v1.0`, ...args])).stdout;
    const now = String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z`;
    expect(await ask()).toMatch(
      new RegExp(
        `^operation    some-id\nstate        running\nstatus       running\ncreated      ${now}\nlast action  ${now}\n$`,
      ),
    );
    expect(JSON.parse(await ask('--json'))).toEqual({
      operationId: 'some-id',
      state: 'succeeded',
      status: 'succeeded',
      createdDateTime: expect.stringMatching(now),
      lastActionDateTime: expect.stringMatching(now),
      blobCount: 3,
    });
    expect(JSON.parse(await ask('--json'))).toMatchObject({ state: 'failed', errorCode: '5000' });
  });
});

describe('csv and parquet', () => {
  /** Returns the expected text of a cell. */
  const cell = (item: StoredItem, column: string): string | null => {
    const other = Object.keys(spellings).find((spelling) => spellings[spelling] === column) ?? '';
    const value = item[column] || item[other] || null;
    if (column === 'UsageDate' && item === odd) return '2024-10-01T00:30:00.1234567Z';
    if (column === 'ChargeStartDate' && item === odd) return '2024-09-01T00:00:00Z';
    if (column === OTHER && item === odd) return '{"ANewAttribute":"new"}';
    return value;
  };

  it('contain every cell of every item exactly', async () => {
    const directory = await newDirectory();
    const service = await mockService(['succeededEmbedded'], () => stored.manifest());
    expect(await run(exportArgs(service, directory, '--format', 'csv'))).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(join(directory, 'export.csv')),
    });
    const again = ['resume', directory, '--base-url', `${service.url}/v1.0`, '--format', 'parquet'];
    expect(await run(again)).toMatchObject({ code: 0 });
    expect((await readdir(directory)).sort()).toEqual(
      ['export.csv', 'export.json', 'export.parquet', ...Object.keys(blobs)].sort(),
    );
    await expectNoSecrets(directory);

    const names = [...Object.keys(columns), OTHER];
    const expected = month.map((item) => Object.fromEntries(names.map((name) => [name, cell(item, name)])));
    expect(await query(`FROM read_csv('${directory}/export.csv', all_varchar = true)`)).toEqual(expected);

    const types = await query(`DESCRIBE FROM '${directory}/export.parquet'`);
    expect(types.map(({ column_name }) => column_name)).toEqual(names);
    const typeOf = (kind: string | undefined, name: string) => {
      if (kind === 'date') return name === 'UsageDate' ? 'TIMESTAMP_NS' : 'TIMESTAMP';
      if (kind === 'decimal') return name === 'EffectiveUnitPrice' ? 'DECIMAL(38,30)' : 'DECIMAL(38,22)';
      return 'VARCHAR';
    };
    expect(types.map(({ column_type }) => column_type)).toEqual(names.map((name) => typeOf(columns[name], name)));
    const rows = await query(`FROM '${directory}/export.parquet'`);
    for (const [i, row] of rows.entries()) {
      for (const name of names) {
        const expectedCell = expected[i]?.[name] ?? null;
        const actual = row[name] ?? null;
        if (expectedCell === null || actual === null || columns[name] === 'text') expect(actual).toBe(expectedCell);
        else if (columns[name] === 'decimal') expect(exact(actual)).toBe(exact(expectedCell));
        else if (columns[name] === 'date') expect(actual.replace(' ', 'T')).toBe(expectedCell.replace('Z', ''));
      }
    }
    expect(rows).toHaveLength(month.length);
    const [codec] = await query(`SELECT DISTINCT compression FROM parquet_metadata('${directory}/export.parquet')`);
    expect(codec).toEqual({ compression: 'ZSTD' });
  });

  it.each([
    [
      'csv',
      { UsageDate: '30.9.2024' },
      'FormatError: Line 1 of blob "part": UsageDate is "30.9.2024", which is not a valid date.',
    ],
    ['parquet', { UnitPrice: '1.5e37', Quantity: '0.1' }, 'ok'],
    [
      'parquet',
      { UnitPrice: '12345678901234567890.1234567890123456789' },
      'FormatError: UnitPrice needs 20 digits before the point and 19 after it, more than the 38 of a decimal (Line 1 of blob "part"); use another --format.',
    ],
  ])('%s of %j', async (format, item, message) => {
    const directory = await newDirectory();
    const { manifest } = await storeExport({ part: toBlob([item]) });
    const service = await scripted(accepted, succeeded(manifest()));
    const { code, stderr } = await run(exportArgs(service, directory, '--format', format));
    if (message === 'ok') {
      expect(await query(`SELECT UnitPrice::VARCHAR AS price FROM '${directory}/export.parquet'`)).toEqual([
        { price: '15000000000000000000000000000000000000' },
      ]);
      return;
    }
    expect({ code, last: stderr.trimEnd().split('\n').at(-1) }).toEqual({ code: 1, last: message });
    expect((await readdir(directory)).sort()).toEqual(['export.json', 'part']);
  });
});

describe('exit codes', () => {
  it.each([
    [
      3,
      'no data',
      [accepted, { body: example('failedNoData') }],
      [],
      'ExportFailedError: There is no usage in USD for the last period (export 9ab9cb54-d07f-4f52-9ea6-a09d7de52c14, code 5000). ' +
        "Check --currency: it must be the partner's billing currency.",
      'Start again with: unbilled-usage export … --out DIR',
    ],
    [
      1,
      'a failed export',
      [accepted, { body: example('failedOther') }],
      [],
      expect.stringMatching(/^ExportFailedError: Export /),
      'Start again with: unbilled-usage export … --out DIR',
    ],
    [
      4,
      'the deadline',
      [accepted, { body: example('running') }],
      ['--timeout', '1s'],
      'WaitTimeoutError: Export 9ab9cb54-d07f-4f52-9ea6-a09d7de52c14 is still running after 1 s (--timeout).',
      'Resume with: unbilled-usage resume DIR --base-url URL/v1.0',
    ],
    [
      4,
      'the deadline, without an answer',
      [accepted, () => {}],
      ['--timeout', '1s'],
      expect.stringMatching(
        /^WaitTimeoutError: The service did not say within 1 s \(--timeout\) how far export 9ab9cb54-d07f-4f52-9ea6-a09d7de52c14 is\. GET .* got no answer on attempt 1: /,
      ),
      'Resume with: unbilled-usage resume DIR --base-url URL/v1.0',
    ],
    [1, 'a refused request', [refusal(403)], [], expect.stringMatching(/^GraphRequestError: POST .* answered 403 /)],
    [
      1,
      'an expired export',
      [accepted, refusal(410)],
      [],
      expect.stringMatching(/^GraphRequestError: GET .* answered 410 /),
      'Start again with: unbilled-usage export … --out DIR --restart',
    ],
  ])('%d: %s', async (exitCode, _, answers, flags, error, advice = '') => {
    const directory = await newDirectory();
    const service = await scripted(...answers);
    const { code, stdout, stderr } = await run(exportArgs(service, directory, ...flags, '--quiet'));
    const lines = stderr.replaceAll(directory, 'DIR').replaceAll(service.url, 'URL').split('\n');
    expect({ code, stdout, lines }).toEqual({
      code: exitCode,
      stdout: '',
      lines: [error, ...(advice ? [advice] : []), ''],
    });
  });

  const complete = ['export', '--currency', 'USD', '--period', 'last', '--out', 'never-made'];
  it.concurrent.each([
    [['exprot'], '"exprot" is not a command. Did you mean export? See unbilled-usage --help.'],
    [['list'], '"list" is not a command. See unbilled-usage --help.'],
    [['constructor'], '"constructor" is not a command. See unbilled-usage --help.'],
    [['export', '--period', 'last', '--out', 'x'], '--currency is missing.'],
    [['export', '--currency', 'USD', '--period', 'last'], '--out is missing.'],
    [['export', '--currency'], "Option '--currency' needs a value."],
    [['export', '--currency', '--period', 'last'], "Option '--currency' needs a value."],
    [[...complete, '--out', ''], '--out is empty.'],
    [[...complete, '--token', 'x'], "Unknown option '--token'. See unbilled-usage export --help."],
    [
      [...complete, '--curency', 'EUR'],
      "Unknown option '--curency'. Did you mean --currency? See unbilled-usage export --help.",
    ],
    [['resume', 'a', '--currency', 'EUR'], "Unknown option '--currency'. See unbilled-usage resume --help."],
    [[...complete, 'extra'], 'Unexpected argument "extra".'],
    [
      [...complete, '--currency', 'usd'],
      '--currency must be an ISO 4217 code of three capital letters, such as USD, not "usd".',
    ],
    [[...complete, '--period', 'next'], '--period must be current or last, not "next".'],
    [[...complete, '--attributes', 'all'], '--attributes must be full or basic, not "all".'],
    [[...complete, '--format', 'xlsx'], '--format must be raw, jsonl, csv, or parquet, not "xlsx".'],
    [[...complete, '--concurrency', '65'], '--concurrency must be a whole number from 1 to 64, not "65".'],
    [[...complete, '--timeout', '1w'], '--timeout must be a duration above 0, such as 30s, 10m, 1h or 2d, not "1w".'],
    [[...complete, '--api-version', 'v2'], '--api-version must be v1.0 or beta, not "v2".'],
    [
      [...complete, '--base-url', 'graph'],
      '--base-url must be an http(s) URL without credentials, query or fragment, not "graph".',
    ],
    [['resume'], 'DIR is missing.'],
    [['resume', ''], 'DIR is empty.'],
    [['status'], 'DIR or OPERATION is missing.'],
    [['status', 'a/b'], '"a/b" is not a directory, and not the ID or URL of an operation.'],
    [['lines', 'a', '--json'], "Unknown option '--json'. See unbilled-usage lines --help."],
    [
      ['summary', 'a', '--by', 'month'],
      '--by must be customer, subscription, product, or day, not "month". Repeat --by for several.',
    ],
  ])('2: %j', async (args, problem) => {
    expect(await run(args)).toEqual({ code: 2, stdout: '', stderr: `UsageError: ${problem}\n` });
    expect(existsSync('never-made')).toBe(false);
  });

  it('130: an interrupt', async () => {
    const stop = new AbortController();
    const service = await scripted(() => stop.abort(new CommandError('Interrupted', 130, 'stopped by SIGINT.')));
    const { code, stderr } = await run(['status', 'some-id', '--base-url', `${service.url}/v1.0`], stop);
    expect({ code, stderr }).toEqual({ code: 130, stderr: 'Interrupted: stopped by SIGINT.\n' });
  });

  it('0: a closed pipe on stdout', async () => {
    const closed = new OutputError(Object.assign(new Error(), { code: 'EPIPE' }));
    const outcome = await run(['lines', sharedDirectory], { signal: AbortSignal.abort(closed) });
    expect(outcome).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('1: a directory without the handle of its export', async () => {
    const directory = await emptyDirectory();
    await writeFile(join(directory, 'export.json'), '{}');
    for (const command of ['resume', 'status']) {
      expect(await run([command, directory])).toEqual({
        code: 1,
        stdout: '',
        stderr: `DirectoryError: ${directory} does not say which export it contains.\n`,
      });
    }
  });

  it.each<[string, (parent: string) => Promise<unknown>, string, string?]>([
    ['a directory that does not exist', async () => {}, 'does not exist'],
    ['a file', (parent) => writeFile(join(parent, 'out'), ''), 'is not a directory'],
    [
      'a directory with other files',
      (parent) => cp('docs', join(parent, 'out'), { recursive: true }),
      'contains no export',
    ],
    [
      'an empty directory',
      (parent) => mkdir(join(parent, 'out')),
      'contains no export',
      'Start one with: unbilled-usage export … --out DIR\n',
    ],
  ])('1: %s', async (_, make, problem, advice = '') => {
    const directory = await newDirectory();
    await make(dirname(directory));
    // For a path that is not a directory, status asks the service about an operation.
    const commands = ['resume', 'lines', 'summary', 'convert', ...(problem === 'contains no export' ? ['status'] : [])];
    for (const command of commands) {
      const { code, stderr } = await run([command, directory, ...(command === 'convert' ? ['--format', 'csv'] : [])]);
      expect({ code, stderr: stderr.replaceAll(directory, 'DIR') }).toEqual({
        code: 1,
        stderr: `DirectoryError: DIR ${problem}.\n${advice}`,
      });
    }
  });

  it.each(['Bearer abc', 'abc\ndef', 'a b'])('2: the token %j', async (GRAPH_ACCESS_TOKEN) => {
    expect(await run(['status', 'some-id'], { env: { GRAPH_ACCESS_TOKEN } })).toEqual({
      code: 2,
      stdout: '',
      stderr: 'UsageError: GRAPH_ACCESS_TOKEN must be only the token: no `Bearer`, no spaces, no line breaks.\n',
    });
  });
});

describe('an optional package', () => {
  it('that is missing is named in the error', async () => {
    await expect(importPeer('no-such-package', 'x needs')).rejects.toThrow(
      /^x needs the package no-such-package: npm install --global no-such-package, or in a project without --global\.$/,
    );
  });

  it('that does not load is an error with the reason', async () => {
    const broken = 'data:text/javascript,throw new Error("no binary for this platform")';
    await expect(importPeer(broken, 'x needs')).rejects.toThrow(/ \(no binary for this platform\)\.$/);
  });

  it('provides the credential if there is no token', async () => {
    class DefaultAzureCredential {
      getToken = async (scope: string) => ({ token: `token-for-${scope}`, expiresOnTimestamp: 0 });
    }
    vi.doMock('@azure/identity', () => ({ DefaultAzureCredential }));
    onTestFinished(() => void vi.doUnmock('@azure/identity'));
    const service = await scripted({ body: example('running') });
    const args = ['status', 'some-id', '--base-url', `${service.url}/v1.0`];
    expect(await run(args, { env: { GRAPH_ACCESS_TOKEN: '' } })).toMatchObject({ code: 0 });
    expect(service.requests[0]?.headers.authorization).toBe('Bearer token-for-https://graph.microsoft.com/.default');
  });
});

describe('an unknown error', () => {
  const reportOf = async (error: unknown) => {
    const stderr = new PassThrough();
    const code = await report(error, stderr);
    stderr.end();
    return { code, lines: (await text(stderr)).split('\n') };
  };

  it.each([
    new AggregateAuthenticationError([new Error('nothing here')], 'ChainedTokenCredential authentication failed.'),
    new CredentialUnavailableError('EnvironmentCredential is unavailable.'),
  ])('of a credential is followed by the supported variables: $name', async (error) => {
    const advice = 'Set GRAPH_ACCESS_TOKEN, or AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.';
    const lines = `${error}`.replaceAll('\n', '\n  ').split('\n');
    expect(await reportOf(error)).toEqual({ code: 1, lines: [...lines, advice, ''] });
  });

  it('of a sign-in is printed to its end, where the reason is, without links to help', async () => {
    const reason = `AADSTS7000215: Invalid client secret provided. ${'Ensure that it is right. '.repeat(20)}Trace ID: 1`;
    const error = new AuthenticationError(400, {
      error:
        'EnvironmentCredential authentication failed. To troubleshoot, visit https://aka.ms/azsdk/js/x/troubleshoot.',
      error_description: `invalid_client: ${reason}`,
    });
    expect(await reportOf(error)).toEqual({
      code: 1,
      lines: [
        'AuthenticationError: EnvironmentCredential authentication failed. Status code: 400',
        '  More details:',
        `  invalid_client: ${reason},`,
        'Check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH, or set GRAPH_ACCESS_TOKEN.',
        '',
      ],
    });
  });

  it('is limited to 4,000 characters', async () => {
    const { lines } = await reportOf(new Error('x'.repeat(5_000)));
    expect(lines).toEqual([`Error: ${'x'.repeat(3_993)}`, '']);
  });

  it('of the library about invalid input is a usage error', async () => {
    const { code, lines } = await reportOf(new InvalidRequestError('limit', '"x"', 'a number'));
    expect({ code, lines }).toEqual({ code: 2, lines: ['UsageError: limit must be a number, not "x".', ''] });
  });

  it('is printed on one line without secrets', async () => {
    expect(await reportOf(new Error('at https://x/?sig=abc\nBearer abcdefghijkl'))).toEqual({
      code: 1,
      lines: ['Error: at https://x/?sig=[redacted] Bearer [redacted]', ''],
    });
  });
});

describe('the progress on a terminal', () => {
  const on = async (env: Record<string, string>, columns?: number) => {
    const soon = { body: example('running'), headers: { 'retry-after': '0' } };
    const service = await scripted(accepted, soon, soon, succeeded(stored.manifest()));
    const args = exportArgs(service, await newDirectory());
    const outcome = await run(args, { env: { NO_COLOR: undefined, ...env }, terminal: { isTTY: true, columns } });
    expect(outcome.code).toBe(0);
    return outcome.stderr;
  };

  it.each([
    ['in colour', { TERM: 'xterm' }, '\x1b[36m', '\x1b[39m'],
    ['without colour for NO_COLOR', { TERM: 'xterm', NO_COLOR: '1' }, '', ''],
  ])('is a bar %s on one line', async (_, env, begin, end) => {
    const frames = (await on(env, 60)).split('\r\x1b[K');
    const bar = `${begin}${'█'.repeat(20)}${end}`;
    const output = frames.findLast((line) => line.startsWith(bar)) ?? '';
    expect(output.slice(bar.length)).toMatch(/^ {2}3\/3 blobs {2}0\.\d MB {2}1,501 items/);
    expect(output.length - bar.length + 20).toBeLessThan(60);
    expect(frames.at(-1)).toBe('');
  });

  it('is a complete bar if the width is unknown', async () => {
    expect(await on({ TERM: 'xterm', NO_COLOR: '1' })).toMatch(/3\/3 blobs .* 0:00 left/);
  });

  it('is plain lines if the terminal is dumb', async () => {
    expect(await on({ TERM: 'dumb' })).not.toContain('\x1b');
  });
});
