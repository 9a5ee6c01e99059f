import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { partnerMonth, toBlob } from '../kit/mock/partner-month.ts';
import { exportArgs, newDirectory, run, start } from '../support/command.ts';
import { mockService } from '../support/mock-service.ts';
import { accepted, emptyDirectory, example, refusal, scripted, succeeded } from '../support/play.ts';
import { query } from '../support/query.ts';
import { runProgram } from '../support/run-program.ts';
import { storageUrl } from '../support/servers.ts';
import { storeExport } from '../support/storage.ts';

const month = [...partnerMonth(300)];
const stored = await storeExport(storageUrl(), {
  a: toBlob(month.slice(0, 150)),
  b: toBlob(month.slice(150)),
});
const files = ['a', 'b', 'export.json'];

async function exported(directory: string, ...more: string[]) {
  const service = await mockService(['succeededEmbedded'], () => stored.manifest());
  return run(exportArgs(service, directory, ...more));
}

describe('a complete directory', () => {
  it.each(['jsonl', 'csv', 'parquet'])('that another process uses is not converted to %s meanwhile', async (format) => {
    const directory = await newDirectory();
    await exported(directory);
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    onTestFinished(() => void other.kill());
    await writeFile(join(directory, 'export.lock'), JSON.stringify({ pid: other.pid, host: hostname() }));
    const { code, stderr } = await run(['resume', directory, '--format', format]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(`is in use by process ${other.pid}`) });
    expect((await readdir(directory)).sort()).toEqual([...files, 'export.lock'].sort());
  });

  it('that several processes convert at once has the whole table, or they fail', async () => {
    const directory = await newDirectory();
    await exported(directory);
    const ends = await Promise.all(Array.from({ length: 4 }, () => run(['resume', directory, '--format', 'csv'])));
    expect(ends.map(({ code }) => code)).toContain(0);
    for (const { code, stderr } of ends) if (code !== 0) expect(stderr).toContain('is in use by process');
    expect(await query(`SELECT count(*)::VARCHAR AS n FROM '${directory}/export.csv'`)).toEqual([{ n: '300' }]);
    expect((await readdir(directory)).sort()).toEqual([...files, 'export.csv'].sort());
  });

  it('is cleared of what a killed conversion left', async () => {
    const directory = await newDirectory();
    await exported(directory);
    const id = crypto.randomUUID();
    for (const name of ['csv', 'rows', 'json']) await writeFile(join(directory, `export.${name}.${id}.partial`), 'x');
    await writeFile(join(directory, 'export.parquet.partial'), 'x');
    expect(await run(['resume', directory])).toMatchObject({ code: 0 });
    expect((await readdir(directory)).sort()).toEqual(files);
  });
});

it.each(['billingcurrency=EUR', 'UsageDate=2020-01-01/Unit=7', "it's [1]*?{x}/unit=a"])(
  'a path such as %s says nothing about the data',
  async (path) => {
    const directory = join(await emptyDirectory(), path, 'x');
    expect(await exported(directory, '--format', 'csv')).toMatchObject({ code: 0 });
    expect(await run(['resume', directory, '--format', 'parquet'])).toMatchObject({ code: 0 });
    for (const format of ['csv', 'parquet']) {
      const plain = join(await emptyDirectory(), `copy.${format}`); // The query must not read the path either.
      await writeFile(plain, await readFile(join(directory, `export.${format}`)));
      const rows = await query(`SELECT BillingCurrency, Unit, left(UsageDate::VARCHAR, 10) AS day FROM '${plain}'`);
      expect(rows).toEqual(
        month.map((item) => ({ BillingCurrency: 'USD', Unit: item.Unit, day: item.UsageDate?.slice(0, 10) })),
      );
    }
  },
);

it.for(['jsonl', 'csv', 'parquet'])(
  'a conversion to %s on a full disk says how to resume, and then does',
  async (format, { skip }) => {
    const directory = await newDirectory();
    await exported(directory);
    const disk = await emptyDirectory();
    const mount = promisify(execFile);
    const mounted = await mount('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', disk]).catch((error) => error);
    if (mounted instanceof Error) return skip(`no tmpfs can be mounted here: ${mounted.message}`);
    onTestFinished(async () => {
      await mount('umount', [disk]);
    });
    for (const name of files) await copyFile(join(directory, name), join(disk, name));
    const { code, stderr } = await run(['resume', disk, '--format', format]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/DirectoryError: .*(ENOSPC|No space left).*\nResume with: unbilled-usage resume /),
    });
    expect((await readdir(disk)).sort()).toEqual(files);
    await mount('mount', ['-o', 'remount,size=8m', disk]);
    expect(await run(['resume', disk, '--format', format])).toMatchObject({ code: 0 });
  },
);

describe('a directory for a new export', () => {
  it.each([['export.parquet'], ['notes.txt']])('that holds %s is refused before an export is started', async (name) => {
    const directory = await emptyDirectory();
    await writeFile(join(directory, name), 'x');
    const service = await scripted();
    expect(await run(exportArgs(service, directory))).toEqual({
      code: 1,
      stdout: '',
      stderr: `DirectoryError: ${directory}: holds files but no export; give an empty or a new directory.\n`,
    });
    expect(service.requests).toEqual([]);
  });

  it('that is locked, or cannot be, is refused before an export is started', async () => {
    const directory = await emptyDirectory();
    await mkdir(join(directory, 'export.lock'));
    const service = await scripted();
    expect(await run(exportArgs(service, directory))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^DirectoryError: .*export\.lock/),
    });
    expect(service.requests).toEqual([]);
  });

  it('may hold one that ended in failure', async () => {
    const directory = await newDirectory();
    const failed = await scripted(accepted, { body: example('failedNoData') });
    expect(await run(exportArgs(failed, directory))).toMatchObject({ code: 3 });
    expect(await run(['resume', directory, '--base-url', `${failed.url}/v1.0`])).toMatchObject({ code: 3 });
    expect(await exported(directory)).toMatchObject({ code: 0 });
    expect((await readdir(directory)).sort()).toEqual(files);
  });

  it('may hold another one with --restart, which is kept when the new one cannot start', async () => {
    const directory = await newDirectory();
    await exported(directory, '--format', 'csv');
    const refusing = await scripted(refusal(403));
    expect(await run(exportArgs(refusing, directory, '--restart'))).toMatchObject({ code: 1 });
    expect(await run(['lines', directory])).toMatchObject({ code: 0 });
    expect(await exported(directory, '--restart')).toMatchObject({ code: 0 });
    expect((await readdir(directory)).sort()).toEqual(files); // The table of the old one is gone.
  });
});

it('resume --restart fetches everything again, of the data as it is now', async () => {
  const directory = await newDirectory();
  await exported(directory, '--format', 'jsonl');
  const now = await storeExport(storageUrl(), { c: toBlob(month.slice(0, 7)) });
  const service = await scripted(succeeded(now.manifest(3_600_000, { eTag: 'other' })));
  const resume = ['resume', directory, '--base-url', `${service.url}/v1.0`];
  await writeFile(join(directory, 'a'), '');
  const { code, stderr } = await run(resume);
  expect(code).toBe(1);
  expect(stderr).toContain('DataVersionError: ');
  expect(stderr).toContain(`\nResume with: unbilled-usage ${resume.join(' ')} --restart\n`);
  expect(await run([...resume, '--restart'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('7 line items'),
  });
  expect((await readdir(directory)).sort()).toEqual(['c', 'export.json']);
});

describe('resume --restart', () => {
  it('keeps what is there until there is a manifest to begin again with', async () => {
    const directory = await newDirectory();
    await exported(directory, '--format', 'jsonl');
    const expired = await scripted(refusal(410));
    const resume = ['resume', directory, '--restart', '--base-url'];
    expect(await run([...resume, `${expired.url}/v1.0`])).toMatchObject({ code: 1 });
    expect((await readdir(directory)).sort()).toEqual(['a', 'b', 'export.json', 'export.jsonl']);
    const busy = await scripted({ body: example('running') });
    const waiting = await run([...resume, `${busy.url}/v1.0`, '--timeout', '1s']);
    expect(waiting).toMatchObject({ code: 4, stderr: expect.stringMatching(/Resume with: .* --restart\n$/) });
    expect(await run(['lines', directory])).toMatchObject({ code: 0 });
  });

  it('refuses a damaged export.json beside blobs, whose names nobody knows then', async () => {
    const directory = await newDirectory();
    await exported(directory);
    await writeFile(join(directory, 'export.json'), '{');
    const service = await scripted(accepted);
    const { code, stderr } = await run(exportArgs(service, directory, '--restart'));
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('export.json: is damaged') });
    expect(service.requests).toEqual([]);
    expect((await readdir(directory)).sort()).toEqual(files);
  });
});

describe('what lies in the directory', () => {
  it('is left alone if it is not an export', async () => {
    const directory = await emptyDirectory();
    for (const name of ['notes.txt', 'export.csv.partial']) await writeFile(join(directory, name), 'x');
    expect(await run(exportArgs(await scripted(), directory))).toMatchObject({ code: 1 });
    expect((await readdir(directory)).sort()).toEqual(['export.csv.partial', 'notes.txt']);
  });

  it('cannot stop a command by being a pipe', async () => {
    const directory = await emptyDirectory();
    execFileSync('mkfifo', [join(directory, 'export.json')]);
    for (const command of ['lines', 'status', 'resume', 'summary']) {
      expect(await run([command, directory])).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^DirectoryError: /),
      });
    }
  });
});

describe('stdout', () => {
  const shell = (command: string, directory: string) =>
    runProgram(
      'bash',
      ['-c', `set -o pipefail; ${process.execPath} src/cli/main.ts resume ${directory} --json ${command}`],
      {
        env: { ...process.env, GRAPH_ACCESS_TOKEN: 'test-token' },
      },
    );

  it('whose reader has left changes nothing for the directory', async () => {
    const directory = await newDirectory();
    await exported(directory);
    expect(await shell('| true', directory)).toMatchObject({ code: 0, stderr: '' });
    expect((await readdir(directory)).sort()).toEqual(files);
  });

  it.skipIf(!existsSync('/dev/full'))('that is full is an error, and leaves no lock', async () => {
    const directory = await newDirectory();
    await exported(directory);
    expect(await shell('> /dev/full', directory)).toMatchObject({ code: 1, stderr: 'OutputError: stdout: ENOSPC.\n' });
    expect((await readdir(directory)).sort()).toEqual(files);
  });
});

it('a reader overtaken by another run of the directory does not distrust what that has verified', async () => {
  const large = toBlob(Array.from({ length: 20 }, () => month).flat());
  const small = toBlob(month.slice(0, 10));
  const { manifest } = await storeExport(storageUrl(), { a: large, b: small });
  const directory = await newDirectory();
  await run(exportArgs(await scripted(accepted, succeeded(manifest())), directory));
  const { child, end } = start(['lines', directory]);
  await new Promise((resolve) => child.stdout?.once('readable', resolve)); // Blocked in the first blob from here on.

  const path = join(directory, 'export.json');
  const state = JSON.parse(await readFile(path, 'utf8'));
  const other = toBlob(month.slice(10, 20));
  state.blobs.b.done = { bytes: other.length, lineItems: 10, crc32: crc32(other) };
  await writeFile(join(directory, 'b'), other);
  await writeFile(path, JSON.stringify(state));
  child.stdout?.resume();
  expect(await end).toMatchObject({ code: 1, stderr: expect.stringContaining('Blob "b" ') });
  expect(JSON.parse(await readFile(path, 'utf8')).blobs).toEqual(state.blobs);
});

describe('--timeout', () => {
  it('bounds the start of the export as well', async () => {
    const directory = await newDirectory();
    const service = await scripted(() => {});
    expect(await run(exportArgs(service, directory, '--timeout', '1s'))).toEqual({
      code: 4,
      stdout: '',
      stderr: 'DeadlineError: the export could not be started within 1 s.\n',
    });
  });

  it('ends a wait that the service asks for', async () => {
    const service = await scripted({ status: 503, headers: { 'retry-after': '1000000000' } });
    const { code, stderr } = await run(exportArgs(service, await newDirectory(), '--timeout', '2s'));
    expect({ code, stderr }).toEqual({
      code: 4,
      stderr: expect.stringMatching(/export answered 503; retrying in 900 s\nDeadlineError: /),
    });
  });
});

describe('an interrupt', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('by %s while lines are read by nobody says so', async (signal) => {
    const many = Array.from({ length: 20 }, () => month).flat();
    const { manifest } = await storeExport(storageUrl(), { part: toBlob(many) });
    const directory = await newDirectory();
    await run(exportArgs(await scripted(accepted, succeeded(manifest())), directory));
    const { child, end } = start(['lines', directory]);
    child.stdout?.pause();
    await new Promise((resolve) => child.stdout?.once('readable', resolve));
    child.kill(signal);
    child.stderr?.once('data', () => child.stdout?.resume());
    expect(await end).toMatchObject({ code: 130, stderr: `Interrupted: stopped by ${signal}.\n` });
  });

  it.each(['csv', 'parquet'])('of a conversion to %s leaves nothing anywhere', async (format) => {
    const before = await readdir(tmpdir());
    const directory = await newDirectory();
    await exported(directory);
    const { child, end } = start(['resume', directory, '--format', format]);
    child.stderr?.once('data', () => child.kill('SIGHUP'));
    const { code } = await end;
    expect([0, 130]).toContain(code);
    expect((await readdir(directory)).filter((name) => /partial|lock|rows/.test(name))).toEqual([]);
    const left = (await readdir(tmpdir())).filter((name) => !before.includes(name) && /rows|duckdb/.test(name));
    expect(left).toEqual([]);
  });
});
