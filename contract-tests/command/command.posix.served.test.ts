import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { AggregateAuthenticationError, CredentialUnavailableError } from '@azure/identity';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { columns, OTHER, spellings } from '../../src/cli/columns.ts';
import { report } from '../../src/cli/failure.ts';
import { downloadExport } from '../../src/node/index.ts';
import { partnerMonth, type StoredItem, toBlob, toLine } from '../kit/mock/partner-month.ts';
import { environment, exportArgs, newDirectory, run, start } from '../support/command.ts';
import { mockService } from '../support/mock-service.ts';
import { accepted, clientOf, emptyDirectory, example, handle, refusal, scripted, succeeded } from '../support/play.ts';
import { query } from '../support/query.ts';
import { type ReceivedRequest, startScriptedServer } from '../support/scripted-server.ts';
import { storageUrl } from '../support/servers.ts';
import { type StoredExport, storeExport } from '../support/storage.ts';

/** What no generated month has: 22 digits, an exponent, other spellings, a new attribute, an offset, awkward texts. */
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
  stored = await storeExport(storageUrl(), blobs);
});

/** For the tests that only read what is downloaded. */
let downloaded: string;
beforeAll(async () => {
  downloaded = await mkdtemp(join(tmpdir(), 'cli-'));
  const service = await startScriptedServer(succeeded(stored.manifest()));
  await downloadExport(clientOf(service), handle, { directory: downloaded });
  await service.close();
});
afterAll(() => rm(downloaded, { recursive: true }));

/** A finished export in a directory, by the command itself. */
async function exported(...more: string[]): Promise<{ directory: string; outcome: Awaited<ReturnType<typeof run>> }> {
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

/** A decimal as an integer of 30 places. */
function exact(text: string): bigint {
  const [, sign, whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d*))?(?:[eE](.+))?$/.exec(text) ?? [];
  const places = 30 + Number(exponent) - fraction.length;
  return BigInt(`${sign}${whole}${fraction}`) * 10n ** BigInt(places);
}

const sum = (items: StoredItem[]): bigint =>
  items.reduce((total, item) => total + exact(item.BillingPreTaxTotal || '0'), 0n);

describe('export', () => {
  it('downloads the blobs as they are stored, into a directory without a secret', async () => {
    const { directory, outcome } = await exported();
    expect(outcome).toMatchObject({
      code: 0,
      stdout: `1,501 line items, 3 blobs, ${bytes.toLocaleString('en')} bytes in ${directory}\n`,
    });
    expect((await readdir(directory)).sort()).toEqual(['export.json', ...Object.keys(blobs)]);
    await expectRawFiles(directory);
    await expectNoSecrets(directory);
  });

  it('sends what the flags say', async () => {
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

  it('has the handle in the directory before the first poll', async () => {
    const directory = await newDirectory();
    let state = '{}';
    const service = await scripted(accepted, async (_: ReceivedRequest, response) => {
      state = await readFile(join(directory, 'export.json'), 'utf8');
      response.end(JSON.stringify(example('failedNoData')));
    });
    await run(exportArgs(service, directory));
    expect(JSON.parse(state)).toMatchObject({ handle });
  });

  it('says the result as one JSON object, and with --quiet nothing else', async () => {
    const { directory, outcome } = await exported('--json', '--quiet', '--format', 'jsonl', '--concurrency', '1');
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

  it('shows a few plain lines where there is no terminal', async () => {
    const many = Object.fromEntries(month.slice(0, 40).map((item, i) => [`part-${i}.json.gz`, toBlob([item])]));
    const manifest = (await storeExport(storageUrl(), many)).manifest;
    const soon = { body: example('running'), headers: { 'retry-after': '0' } };
    const service = await scripted(accepted, soon, succeeded(manifest()));
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

describe('an export that is stopped', () => {
  /** The arguments of the command that stderr names. */
  const resumeArgs = (stderr: string): string[] =>
    /^Resume with: unbilled-usage (.*)$/m.exec(stderr)?.[1]?.split(' ') ?? [];

  it('while it waits can be resumed with the command that it prints', async () => {
    const directory = await newDirectory();
    const service = await mockService(['running', 'succeededEmbedded'], () => stored.manifest());
    const { child, end } = start(exportArgs(service, directory, '--format', 'jsonl', '--api-version', 'v1.0'));
    child.stderr?.on('data', (text) => `${text}`.includes('running') && child.kill('SIGINT'));
    const { code, stdout, stderr } = await end;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr.split('\n').slice(-3)).toEqual([
      'Interrupted: stopped by SIGINT.',
      `Resume with: unbilled-usage resume ${directory} --format jsonl --api-version v1.0 --base-url ${service.url}/v1.0`,
      '',
    ]);
    expect(await readdir(directory)).toEqual(['export.json']);
    const status = await run(['status', directory, '--base-url', `${service.url}/v1.0`, '--json']);
    expect(JSON.parse(status.stdout)).toMatchObject({
      state: 'succeeded',
      blobCount: 3,
      resume: `unbilled-usage resume ${directory} --base-url ${service.url}/v1.0`,
    });

    const resumed = await run(resumeArgs(stderr));
    expect(resumed).toMatchObject({ code: 0, stdout: expect.stringContaining('1,501 line items') });
    await expectRawFiles(directory);
    expect(await readFile(join(directory, 'export.jsonl'), 'utf8')).toBe(storedLines);
    expect(service.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('while it downloads goes on within the blob', async () => {
    const directory = await newDirectory();
    let hangs = true;
    const service = await scripted(({ method, url, headers }: ReceivedRequest, response) => {
      const blob = Object.entries(blobs).find(([name]) => url.includes(name))?.[1];
      if (method === 'POST') return response.writeHead(202, { location: handle.location }).end();
      if (!blob) {
        const manifest = stored.manifest(3_600_000, { rootDirectory: `${service.url}/blobs` });
        return response.end(JSON.stringify(example('succeededEmbedded', { resourceLocation: manifest })));
      }
      const from = Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0);
      const range = from && { 'content-range': `bytes ${from}-${blob.length - 1}/${blob.length}` };
      response.writeHead(from ? 206 : 200, { etag: '"1"', 'content-length': blob.length - from, ...range });
      if (hangs && url.includes('part-00001')) response.write(blob.subarray(0, 10_000));
      else response.end(blob.subarray(from));
    });
    const { child, end } = start(exportArgs(service, directory, '--concurrency', '1'));
    await vi.waitFor(
      async () => expect((await stat(join(directory, 'part-00001.c000.json.gz.partial'))).size).toBe(10_000),
      5_000,
    );

    const status = await run(['status', directory, '--json']);
    expect(JSON.parse(status.stdout)).toMatchObject({ state: 'downloading', blobs: 1, blobCount: 3, lineItems: 501 });
    const lines = await run(['lines', directory]);
    expect(lines).toEqual({
      code: 1,
      stdout: '',
      stderr: `DirectoryError: ${directory}: has 1 of 3 blobs.\nResume with: unbilled-usage resume ${directory}\n`,
    });

    child.kill('SIGTERM');
    const { code, stderr } = await end;
    expect({ code, stderr }).toEqual({
      code: 130,
      stderr: expect.stringContaining('Interrupted: stopped by SIGTERM.\n'),
    });
    expect(await readdir(directory)).not.toContain('export.lock');

    hangs = false;
    const before = service.requests.length;
    expect(await run(resumeArgs(stderr))).toMatchObject({ code: 0 });
    await expectRawFiles(directory);
    const [operation, ...asked] = service.requests.slice(before);
    expect(operation?.url).toContain('/operations/');
    // The two blobs that are left, side by side: one goes on, one is new.
    expect(asked.map(({ headers }) => headers.range ?? 'all').sort()).toEqual(['all', 'bytes=10000-']);
  });
});

describe('a complete directory', () => {
  it('is resumed without the service, whose operation may have expired; not when a file is gone', async () => {
    const { directory } = await exported();
    const nowhere = ['--base-url', 'http://127.0.0.1:9/v1.0'];
    expect(await run(['resume', directory, '--format', 'jsonl', ...nowhere])).toMatchObject({ code: 0 });
    expect(await readFile(join(directory, 'export.jsonl'), 'utf8')).toBe(storedLines);

    await rm(join(directory, 'part-00001.c000.json.gz'));
    const service = await mockService(['succeededEmbedded'], () => stored.manifest());
    expect(await run(['resume', directory, '--base-url', `${service.url}/v1.0`])).toMatchObject({ code: 0 });
    await expectRawFiles(directory);
  });
});

describe('a directory', () => {
  it('gives its lines as they are stored, quietly to a reader that has enough', async () => {
    expect(await run(['lines', downloaded])).toEqual({ code: 0, stdout: storedLines, stderr: '' });
    const { child, end } = start(['lines', downloaded]);
    child.stdout?.once('data', () => child.stdout?.destroy());
    expect(await end).toMatchObject({ code: 0, stderr: '' });
  });

  it('has a status', async () => {
    const { stdout } = await run(['status', downloaded]);
    expect(stdout.replace(/[0-9a-f-]{36}/, 'ID')).toBe(`\
operation    ID
state        downloaded
blobs        3 of 3
bytes        ${bytes.toLocaleString('en')}
line items   1,501
`);
  });

  it('that holds an export takes no other', async () => {
    const service = await scripted();
    expect(await run(exportArgs(service, downloaded))).toEqual({
      code: 2,
      stdout: '',
      stderr: `UsageError: --out ${downloaded} holds an export; use unbilled-usage resume ${downloaded}, or --restart\n`,
    });
    expect(service.requests).toEqual([]);
  });
});

describe('status of an operation', () => {
  it('says what the service says, without the SAS', async () => {
    const service = await mockService(['running', 'succeededEmbedded', 'failedNoData'], () => stored.manifest());
    const ask = async (...args: string[]) =>
      (await run(['status', 'some-id', '--base-url', `${service.url}/v1.0`, ...args])).stdout;
    expect(await ask()).toBe(`\
operation    some-id
state        running
status       running
created      2024-10-01T08:12:53
last action  2024-10-01T08:13:20.5046691Z
`);
    expect(JSON.parse(await ask('--json'))).toEqual({
      operationId: 'some-id',
      state: 'succeeded',
      status: 'succeeded',
      createdDateTime: '2024-10-01T08:12:53Z',
      lastActionDateTime: '2024-10-01T08:37:48.5046691Z',
      blobCount: 3,
    });
    expect(JSON.parse(await ask('--json'))).toMatchObject({ state: 'failed', errorCode: '5000' });
  });
});

describe('csv and parquet', () => {
  /** What a cell has to be, as text. */
  const cell = (item: StoredItem, column: string): string | null => {
    const other = Object.keys(spellings).find((spelling) => spellings[spelling] === column) ?? '';
    const value = item[column] || item[other] || null;
    if (column === 'UsageDate' && item === odd) return '2024-10-01T00:30:00.1234567Z';
    if (column === 'ChargeStartDate' && item === odd) return '2024-09-01T00:00:00Z';
    if (column === OTHER && item === odd) return '{"ANewAttribute":"new"}';
    return value;
  };

  it('hold every cell of every item, exactly', async () => {
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
        const wanted = expected[i]?.[name] ?? null;
        const found = row[name] ?? null;
        if (wanted === null || found === null || columns[name] === 'text') expect(found).toBe(wanted);
        else if (columns[name] === 'decimal') expect(exact(found)).toBe(exact(wanted));
        else if (columns[name] === 'date') expect(found.replace(' ', 'T')).toBe(wanted.replace('Z', ''));
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
      'FormatError: UnitPrice needs 20 digits before the point and 19 behind it, more than the 38 of a decimal (Line 1 of blob "part"); use another --format.',
    ],
  ])('%s of %j', async (format, item, message) => {
    const directory = await newDirectory();
    const { manifest } = await storeExport(storageUrl(), { part: toBlob([item]) });
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

describe('summary', () => {
  const keyOf = (of: Record<string, unknown>, keys: readonly string[]): string =>
    JSON.stringify(['BillingCurrency', ...keys].map((key) => of[key] ?? null));

  it.each([
    [undefined, []],
    ['customer', ['CustomerId', 'CustomerName']],
    ['subscription', ['SubscriptionId', 'SubscriptionDescription']],
    ['product', ['ProductId', 'ProductName']],
    ['day', ['UsageDate']],
  ])('by %s adds up exactly, the greatest total first', async (by, keys) => {
    const { stdout } = await run(['summary', downloaded, '--json', ...(by ? ['--by', by] : [])]);
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({ by: by ?? null, lineItems: 1_501 });
    expect(found.groups).toHaveLength(new Set(month.map((item) => keyOf(item, keys))).size);
    for (const group of found.groups) {
      if (by === 'day') {
        group.UsageDate = group.UsageDate === '2024-10-01' ? odd.UsageDate : `${group.UsageDate}T00:00:00Z`;
      }
      const own = month.filter((item) => keyOf(item, keys) === keyOf(group, keys));
      expect([group.lineItems, exact(group.BillingPreTaxTotal)]).toEqual([own.length, sum(own)]);
    }
    const totals: bigint[] = found.groups.map((group: StoredItem) => exact(group.BillingPreTaxTotal ?? ''));
    expect(totals).toEqual([...totals].sort((a, b) => (a < b ? 1 : a > b ? -1 : 0)));
  });

  it('is a table for people', async () => {
    const [totals, customers] = await Promise.all([
      run(['summary', downloaded]),
      run(['summary', downloaded, '--by', 'customer']),
    ]);
    expect(totals.stdout.split('\n')).toEqual([
      '        BillingPreTaxTotal  line items  BillingCurrency',
      '29356.18118853745557085167       1,500  USD',
      '  0.1234567890123456789012           1  EUR',
      '',
    ]);
    expect(customers.stdout.split('\n').slice(0, 2)).toEqual([
      '       BillingPreTaxTotal  line items  BillingCurrency  CustomerId                            CustomerName',
      '4532.90571605100300682342         223  USD              00000001-0000-4000-8000-000000000005  Café Müller & Søn 🚚',
    ]);
  });
});

describe('exit codes', () => {
  it.each([
    [
      3,
      'no data',
      [accepted, { body: example('failedNoData') }],
      [],
      /^ExportFailedError: .* code 5000: "No data available"\.$/,
    ],
    [1, 'a failed export', [accepted, { body: example('failedOther') }], [], /^ExportFailedError: Export /],
    [4, 'the deadline', [accepted, { body: example('running') }], ['--timeout', '1s'], /^WaitTimeoutError: Export /],
    [1, 'a refusal', [refusal(403)], [], /^GraphRequestError: POST .* answered 403 /],
    [1, 'an export that has expired', [accepted, refusal(410)], [], /^GraphRequestError: GET .* answered 410 /],
  ])('%d: %s', async (exitCode, _, answers, flags, message) => {
    const directory = await newDirectory();
    const service = await scripted(...answers);
    const { code, stdout, stderr } = await run(exportArgs(service, directory, ...flags, '--quiet'));
    const [error, resume, ...more] = stderr.trimEnd().split('\n');
    expect({ code, stdout, error, resume, more }).toEqual({
      code: exitCode,
      stdout: '',
      error: expect.stringMatching(message),
      resume:
        exitCode === 4 ? `Resume with: unbilled-usage resume ${directory} --base-url ${service.url}/v1.0` : undefined,
      more: [],
    });
  });

  const complete = ['export', '--currency', 'USD', '--period', 'last', '--out', 'never-made'];
  it.concurrent.each([
    [[], 'a command is missing; see unbilled-usage --help.'],
    [['exprot'], '"exprot" is no command; see unbilled-usage --help.'],
    [['export', '--period', 'last', '--out', 'x'], '--currency is missing.'],
    [['export', '--currency', 'USD', '--period', 'last'], '--out is missing.'],
    [['export', '--currency'], "Option '--currency' needs a value."],
    [['export', '--currency', '--period', 'last'], "Option '--currency' needs a value."],
    [[...complete, '--out', ''], '--out is empty.'],
    [[...complete, '--token', 'x'], "Unknown option '--token'."],
    [[...complete, 'extra'], '"extra" is one argument too many.'],
    [
      [...complete, '--currency', 'usd'],
      '--currency is "usd"; allowed is an ISO 4217 code of three capital letters, such as USD.',
    ],
    [[...complete, '--period', 'next'], '--period is "next"; allowed is current or last.'],
    [[...complete, '--attributes', 'all'], '--attributes is "all"; allowed is full or basic.'],
    [[...complete, '--format', 'xlsx'], '--format is "xlsx"; allowed is raw, jsonl, csv, parquet.'],
    [[...complete, '--concurrency', '65'], '--concurrency is "65"; allowed is a whole number from 1 to 64.'],
    [[...complete, '--timeout', '1w'], '--timeout is "1w"; allowed is a duration above 0, such as 30s, 10m, 1h or 2d.'],
    [[...complete, '--api-version', 'v2'], '--api-version is "v2"; allowed is v1.0, beta.'],
    [
      [...complete, '--base-url', 'graph'],
      '--base-url is "graph"; allowed is an http(s) URL without credentials, query and fragment.',
    ],
    [['resume'], 'DIR is missing.'],
    [['status', 'a/b'], 'OPERATION is "a/b"; allowed is what startExport returned, an operation id or its URL.'],
    [['lines', 'a', '--json'], "Unknown option '--json'."],
    [['summary', 'a', '--by', 'month'], '--by is "month"; allowed is customer, subscription, product, day.'],
  ])('2: %j', async (args, problem) => {
    expect(await run(args)).toEqual({ code: 2, stdout: '', stderr: `UsageError: ${problem}\n` });
    expect(existsSync('never-made')).toBe(false);
  });

  it('1: a directory without an export', async () => {
    const directory = await newDirectory();
    for (const command of ['resume', 'lines', 'summary']) {
      expect(await run([command, directory])).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^DirectoryError: .*export\.json: ENOENT.*\n$/),
      });
    }
  });
});

/** A module that is loaded before the command and sees what the command imports. */
const preload = (resolve: string): string[] => [
  '--import',
  `data:text/javascript,${encodeURIComponent(`
    import { registerHooks } from 'node:module';
    registerHooks({ resolve(name, context, next) { ${resolve}; return next(name, context); } });
  `)}`,
];

const without = (name: string) =>
  preload(`if (name === '${name}') throw Object.assign(new Error('gone'), { code: 'ERR_MODULE_NOT_FOUND' })`);

describe('an optional package', () => {
  it.each(['csv', 'parquet'])('that is missing is named before an export is started: %s', async (format) => {
    const service = await scripted();
    const args = exportArgs(service, await emptyDirectory(), '--format', format);
    expect(await run(args, { node: without('@duckdb/node-api') })).toEqual({
      code: 1,
      stdout: '',
      stderr: `MissingPackageError: --format ${format} needs the package @duckdb/node-api: npm install @duckdb/node-api\n`,
    });
    expect(service.requests).toEqual([]);
  });

  it('is not needed for raw, jsonl and lines', async () => {
    const service = await mockService(['succeededEmbedded'], () => stored.manifest());
    const args = exportArgs(service, await emptyDirectory(), '--format', 'jsonl');
    expect(await run(args, { node: without('@duckdb/node-api') })).toMatchObject({ code: 0 });
  });

  it('gives the credential when there is no token', async () => {
    const service = await scripted({ body: example('running') });
    const args = ['status', 'some-id', '--base-url', `${service.url}/v1.0`];
    const env = { GRAPH_ACCESS_TOKEN: '' };
    expect(await run(args, { env, node: without('@azure/identity') })).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'MissingPackageError: GRAPH_ACCESS_TOKEN is not set, and other credentials need the package @azure/identity: npm install @azure/identity\n',
    });
    const identity = `export class DefaultAzureCredential {
      getToken(scope) { return { token: 'token-for-' + scope } }
    }`;
    const url = JSON.stringify(`data:text/javascript,${encodeURIComponent(identity)}`);
    const node = preload(`if (name === '@azure/identity') return { url: ${url}, shortCircuit: true }`);
    expect(await run(args, { env, node })).toMatchObject({ code: 0 });
    expect(service.requests[0]?.headers.authorization).toBe('Bearer token-for-https://graph.microsoft.com/.default');
  });

  it.each([
    new AggregateAuthenticationError([new Error('nothing here')], 'ChainedTokenCredential authentication failed.'),
    new CredentialUnavailableError('EnvironmentCredential is unavailable.'),
  ])('that finds no credential is told what the command takes: $name', async (error) => {
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    onTestFinished(() => written.mockRestore());
    expect(await report(error)).toBe(1);
    expect(written.mock.calls.flat().join('').split('\n')).toEqual([
      `${error}`.replaceAll('\n', ' '),
      'Set GRAPH_ACCESS_TOKEN, or AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.',
      '',
    ]);
  });
});

describe('--help', () => {
  it('is light: no package, and nothing of the client', async () => {
    const { stderr } = await run(['export', '--help'], { node: preload('process._rawDebug(name)') });
    const imported = stderr.trimEnd().split('\n');
    expect(imported).toContain('./help.ts');
    expect(imported.filter((name) => !/^(node:|file:|\.\/|\.\.\/redact\.ts$)/.test(name))).toEqual([]);
  });

  it('of the command', async () => {
    expect((await run(['--help'])).stdout).toMatchInlineSnapshot(`
      "Usage: unbilled-usage COMMAND [OPTIONS]

      The unbilled usage of a Microsoft CSP partner, exported through Microsoft Graph.

      Commands:
        export    start an export, wait for its end and download it into a directory
        resume    continue an interrupted export
        status    how far an export is
        lines     the line items of a directory on stdout, as JSON Lines
        summary   the line items of a directory, counted and added up

      Options:
        --help      this text, or a command's
        --version   the version

      Credentials: an access token in the environment variable GRAPH_ACCESS_TOKEN, or else the
      DefaultAzureCredential of the package @azure/identity.

      Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no data, 4 deadline passed, 130 interrupted.
      "
    `);
  });

  it('of export', async () => {
    expect((await run(['export', '--help'])).stdout).toMatchInlineSnapshot(`
      "Usage: unbilled-usage export --currency CODE --period current|last --out DIR [OPTIONS]

      Starts an export, waits for its end and downloads it. After an interruption, continue with
      unbilled-usage resume.

      Options:
        --currency CODE                 the partner's billing currency, such as USD
        --period current|last           the billing period in progress, or the one before
        --attributes full|basic         all attributes, or a part; default full
        --out DIR                       a new or empty directory, or one whose export failed
        --format raw|jsonl|csv|parquet  what to make of the gzip files; default raw: nothing.
                                        csv and parquet need the package @duckdb/node-api
        --concurrency N                 how many blobs at once, 1 to 64; default 4
        --timeout DURATION              how long to wait until the export has ended: 30s, 10m, 1h, 2d;
                                        default 1h
        --restart                       remove what an earlier run left in the directory, and begin again
        --api-version v1.0|beta         default v1.0
        --base-url URL                  instead of https://graph.microsoft.com/VERSION
        --quiet                         no progress, and no result but that of --json
        --json                          the result as one JSON object on stdout

      Credentials: an access token in the environment variable GRAPH_ACCESS_TOKEN, or else the
      DefaultAzureCredential of the package @azure/identity.
      "
    `);
  });

  it('of resume', async () => {
    expect((await run(['resume', '--help'])).stdout).toMatchInlineSnapshot(`
      "Usage: unbilled-usage resume DIR [OPTIONS]

      Continues the export of a directory where it stopped. Finished files are not fetched again
      unless they were changed or damaged.

      Options:
        --format raw|jsonl|csv|parquet  what to make of the gzip files; default raw: nothing.
                                        csv and parquet need the package @duckdb/node-api
        --concurrency N                 how many blobs at once, 1 to 64; default 4
        --timeout DURATION              how long to wait until the export has ended: 30s, 10m, 1h, 2d;
                                        default 1h
        --restart                       remove what an earlier run left in the directory, and begin again
        --api-version v1.0|beta         default v1.0
        --base-url URL                  instead of https://graph.microsoft.com/VERSION
        --quiet                         no progress, and no result but that of --json
        --json                          the result as one JSON object on stdout

      Credentials: an access token in the environment variable GRAPH_ACCESS_TOKEN, or else the
      DefaultAzureCredential of the package @azure/identity.
      "
    `);
  });

  it('of status', async () => {
    expect((await run(['status', '--help'])).stdout).toMatchInlineSnapshot(`
      "Usage: unbilled-usage status DIR|OPERATION [OPTIONS]

      How far an export is: that of a directory, or else an operation, by its id or URL. The
      service is asked unless the directory's download has begun.

      Options:
        --api-version v1.0|beta       default v1.0
        --base-url URL                instead of https://graph.microsoft.com/VERSION
        --json                        one JSON object on stdout

      Credentials: an access token in the environment variable GRAPH_ACCESS_TOKEN, or else the
      DefaultAzureCredential of the package @azure/identity.
      "
    `);
  });

  it('of lines', async () => {
    expect((await run(['lines', '--help'])).stdout).toMatchInlineSnapshot(`
      "Usage: unbilled-usage lines DIR

      Writes the line items to stdout as they are stored: one JSON object a line, in the manifest's
      order, with every digit.
      "
    `);
  });

  it('of summary', async () => {
    expect((await run(['summary', '--help'])).stdout).toMatchInlineSnapshot(`
      "Usage: unbilled-usage summary DIR [OPTIONS]

      Counts the line items and adds up their BillingPreTaxTotal exactly, each currency by itself.

      Options:
        --by customer|subscription|product|day   a row for each, the greatest total first
        --json                                   one JSON object on stdout
      "
    `);
  });
});

it('--version is that of the package', async () => {
  const { version } = JSON.parse(await readFile('package.json', 'utf8'));
  expect(await run(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

/** `script` of util-linux runs a command on a terminal of its own. */
const hasScript = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false;

describe.skipIf(!hasScript)('on a terminal (needs script of util-linux)', () => {
  it.each([
    ['in colour', {}, true],
    ['without colour by NO_COLOR', { NO_COLOR: '1' }, false],
  ])('a bar shows how far the download is, %s', async (_, env, coloured) => {
    const service = await mockService(['succeededEmbedded'], () => stored.manifest());
    const directory = await newDirectory();
    const command = [process.execPath, 'src/cli/main.ts', ...exportArgs(service, directory)];
    const script = spawn('script', ['-qec', command.join(' '), '/dev/null'], {
      env: { ...environment, TERM: 'xterm', NO_COLOR: undefined, ...env },
    });
    const [shown] = await Promise.all([text(script.stdout), once(script, 'close')]);
    expect(script.exitCode).toBe(0);
    const full = '█'.repeat(20);
    expect(shown).toContain(coloured ? `\x1b[36m${full}\x1b[39m  3/3 blobs` : `${full}  3/3 blobs`);
    expect(shown).toMatch(/3\/3 blobs {2}0\.\d MB {2}1,501 items {2}\d+\.\d MB\/s {2}0:00 left/);
    expect(shown.includes('\x1b[36m')).toBe(coloured);
    expect(shown.trimEnd().endsWith(`in ${directory}`)).toBe(true);
    expect(shown).not.toMatch(/test-token|sig=/);
  });

  it.each([
    ['without a credential', [], { GRAPH_ACCESS_TOKEN: '' }, without('@azure/identity'), 1, /MissingPackageError: /],
    ['that finds no data', [{ body: example('failedNoData') }], {}, [], 3, /ExportFailedError: /],
    ['whose terminal goes away', [{ body: example('running') }], {}, [], 130, /Interrupted: stopped by SIGHUP/],
  ])('a resume %s gives the screen back and ends', async (_, answers, env, node, exitCode, message) => {
    const service = await scripted(...answers);
    const directory = await emptyDirectory();
    await writeFile(join(directory, 'export.json'), JSON.stringify({ handle, blobs: {} }));
    const args = ['resume', directory, '--base-url', `${service.url}/v1.0`];
    const command = [process.execPath, ...node, 'src/cli/main.ts', ...args].map(
      (each) => `'${each.replaceAll("'", "'\\''")}'`,
    );
    const script = spawn('script', ['-qec', `exec ${command.join(' ')}`, '/dev/null'], {
      env: { ...environment, TERM: 'xterm', ...env },
    });
    let shown = '';
    let interrupted = false;
    script.stdout.setEncoding('utf8').on('data', (piece) => {
      shown += piece;
      if (exitCode !== 130 || interrupted || !shown.includes('running')) return;
      interrupted = true; // A second signal would end the process at once.
      spawnSync('pkill', ['-HUP', '-P', `${script.pid}`]);
    });
    await once(script, 'close');
    expect(shown).toMatch(message);
    expect(shown.slice(0, shown.search(message)).endsWith('\r\x1b[K')).toBe(true);
    expect(script.exitCode).toBe(exitCode);
  });
});
