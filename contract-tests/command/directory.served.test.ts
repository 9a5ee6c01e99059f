import { execFile, execFileSync, spawn } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { partnerMonth, toBlob } from '../kit/mock/partner-month.ts';
import { exportArgs, newDirectory, run } from '../support/command.ts';
import { mockService } from '../support/mock-service.ts';
import { accepted, emptyDirectory, example, refusal, scripted, succeeded } from '../support/play.ts';
import { query } from '../support/query.ts';
import { storeExport } from '../support/storage.ts';

const month = [...partnerMonth(300)];
const stored = await storeExport({
  a: toBlob(month.slice(0, 150)),
  b: toBlob(month.slice(150)),
});
const files = ['a', 'b', 'export.json'];

async function exportMonth(directory: string, ...more: string[]) {
  const service = await mockService(['succeededEmbedded'], () => stored.manifest());
  return run(exportArgs(service, directory, ...more));
}

describe('a complete directory', () => {
  it.each(['jsonl', 'csv', 'parquet'])('in use by another process is not converted to %s', async (format) => {
    const directory = await newDirectory();
    await exportMonth(directory);
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    onTestFinished(() => void other.kill());
    await writeFile(join(directory, 'export.lock'), JSON.stringify({ pid: other.pid, host: hostname() }));
    const { code, stderr } = await run(['resume', directory, '--format', format]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(`is in use by process ${other.pid}`) });
    expect((await readdir(directory)).sort()).toEqual([...files, 'export.lock'].sort());
  });

  it('loses the files of a killed conversion', async () => {
    const directory = await newDirectory();
    await exportMonth(directory);
    const id = crypto.randomUUID();
    for (const name of ['csv', 'json']) await writeFile(join(directory, `export.${name}.${id}.partial`), 'x');
    await writeFile(join(directory, 'export.parquet.partial'), 'x');
    await mkdir(join(directory, `export.spill.${id}.partial`));
    await writeFile(join(directory, `export.spill.${id}.partial`, 'duckdb_temp_storage-0.tmp'), 'x');
    expect(await run(['resume', directory])).toMatchObject({ code: 0 });
    expect((await readdir(directory)).sort()).toEqual(files);
  });
});

it.each(['billingcurrency=EUR', 'UsageDate=2020-01-01/Unit=7', "it's [1]*?{x}/unit=a"])(
  'a path such as %s does not affect the data',
  async (path) => {
    const directory = join(await emptyDirectory(), path, 'x');
    expect(await exportMonth(directory, '--format', 'csv')).toMatchObject({ code: 0 });
    expect(await run(['resume', directory, '--format', 'parquet'])).toMatchObject({ code: 0 });
    for (const format of ['csv', 'parquet']) {
      const plain = join(await emptyDirectory(), `copy.${format}`); // The query must not interpret the path either.
      await writeFile(plain, await readFile(join(directory, `export.${format}`)));
      const rows = await query(`SELECT BillingCurrency, Unit, left(UsageDate::VARCHAR, 10) AS day FROM '${plain}'`);
      expect(rows).toEqual(
        month.map((item) => ({ BillingCurrency: 'USD', Unit: item.Unit, day: item.UsageDate?.slice(0, 10) })),
      );
    }
  },
);

it.for(['jsonl', 'csv', 'parquet'])(
  'a conversion to %s on a full disk can be resumed as its message says',
  async (format, { skip }) => {
    const directory = await newDirectory();
    await exportMonth(directory);
    const disk = await emptyDirectory();
    const mount = promisify(execFile);
    const pages = await Promise.all(
      files.map(async (name) => Math.ceil((await stat(join(directory, name))).size / 4096)),
    );
    const size = 4096 * (pages.reduce((sum, each) => sum + each, 0) + 4); // Room for the lock and little else.
    const result = await mount('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', disk]).catch((error) => error);
    if (result instanceof Error) return skip(`cannot mount a tmpfs here: ${result.message}`);
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
  it.each([['export.parquet'], ['notes.txt']])(
    'with %s in it is rejected before an export is started',
    async (name) => {
      const directory = await emptyDirectory();
      await writeFile(join(directory, name), 'x');
      const service = await scripted();
      expect(await run(exportArgs(service, directory))).toEqual({
        code: 1,
        stdout: '',
        stderr: `DirectoryError: ${directory} contains files but no export; use an empty or a new directory.\n`,
      });
      expect(service.requests).toEqual([]);
    },
  );

  it('that is a file is rejected before an export is started', async () => {
    const file = join(await emptyDirectory(), 'file');
    await writeFile(file, '');
    const service = await scripted();
    expect(await run(exportArgs(service, file))).toEqual({
      code: 1,
      stdout: '',
      stderr: `DirectoryError: ${file} is not a directory.\n`,
    });
    expect(service.requests).toEqual([]);
  });

  it('that cannot be locked is rejected before an export is started', async () => {
    const directory = await emptyDirectory();
    await mkdir(join(directory, 'export.lock'));
    const service = await scripted();
    expect(await run(exportArgs(service, directory))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^DirectoryError: .*export\.lock/),
    });
    expect(service.requests).toEqual([]);
  });

  it('may contain a failed export', async () => {
    const directory = await newDirectory();
    const failed = await scripted(accepted, { body: example('failedNoData') });
    expect(await run(exportArgs(failed, directory))).toMatchObject({ code: 3 });
    expect(await run(['resume', directory, '--base-url', `${failed.url}/v1.0`])).toMatchObject({ code: 3 });
    const status = await run(['status', directory, '--base-url', `${failed.url}/v1.0`]);
    expect(status).toMatchObject({ code: 0, stdout: expect.stringMatching(/^state +failed$/m) });
    expect(status.stdout).not.toContain('resume');
    expect(await exportMonth(directory)).toMatchObject({ code: 0 });
    expect((await readdir(directory)).sort()).toEqual(files);
  });

  it('may contain another export with --restart, which is kept if the new one cannot start', async () => {
    const directory = await newDirectory();
    await exportMonth(directory, '--format', 'csv');
    const refusalService = await scripted(refusal(403));
    expect(await run(exportArgs(refusalService, directory, '--restart'))).toMatchObject({ code: 1 });
    expect(await run(['lines', directory])).toMatchObject({ code: 0 });
    expect(await exportMonth(directory, '--restart')).toMatchObject({ code: 0 });
    expect((await readdir(directory)).sort()).toEqual(files); // The table of the old export is removed.
  });
});

it('resume --restart fetches the current data from the start', async () => {
  const directory = await newDirectory();
  await exportMonth(directory, '--format', 'jsonl');
  const now = await storeExport({ c: toBlob(month.slice(0, 7)) });
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
  it('keeps the files until there is a new manifest', async () => {
    const directory = await newDirectory();
    await exportMonth(directory, '--format', 'jsonl');
    const expired = await scripted(refusal(410));
    const resume = ['resume', directory, '--restart', '--base-url'];
    expect(await run([...resume, `${expired.url}/v1.0`])).toMatchObject({ code: 1 });
    expect((await readdir(directory)).sort()).toEqual(['a', 'b', 'export.json', 'export.jsonl']);
    const busy = await scripted({ body: example('running') });
    const outcome = await run([...resume, `${busy.url}/v1.0`, '--timeout', '1s']);
    expect(outcome).toMatchObject({ code: 4, stderr: expect.stringMatching(/Resume with: .* --restart\n$/) });
    expect(await run(['lines', directory])).toMatchObject({ code: 0 });
  });

  it('rejects a damaged export.json next to blobs, whose names it would need', async () => {
    const directory = await newDirectory();
    await exportMonth(directory);
    await writeFile(join(directory, 'export.json'), '{');
    const service = await scripted(accepted);
    const { code, stderr } = await run(exportArgs(service, directory, '--restart'));
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('export.json is damaged') });
    expect(service.requests).toEqual([]);
    expect((await readdir(directory)).sort()).toEqual(files);
  });
});

describe('a directory', () => {
  it('without an export is left unchanged', async () => {
    const directory = await emptyDirectory();
    for (const name of ['notes.txt', 'export.csv.partial']) await writeFile(join(directory, name), 'x');
    expect(await run(exportArgs(await scripted(), directory))).toMatchObject({ code: 1 });
    expect((await readdir(directory)).sort()).toEqual(['export.csv.partial', 'notes.txt']);
  });

  it('with a pipe as export.json does not block a command', async () => {
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

it('a damaged file in a directory that cannot be locked leads to the advice --restart', async () => {
  const directory = await newDirectory();
  await exportMonth(directory);
  const { length } = await readFile(join(directory, 'a'));
  await writeFile(join(directory, 'a'), Buffer.alloc(length));
  await mkdir(join(directory, 'export.lock'));
  expect(await run(['lines', directory])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^BlobError: Blob "a" .*\nResume with: unbilled-usage resume \S+ --base-url \S+ --restart\n$/,
    ),
  });
});

describe('--timeout', () => {
  it('ends the attempts to reach a service', async () => {
    const nowhere = { url: 'http://127.0.0.1:9' };
    const { code, stderr } = await run(exportArgs(nowhere, await newDirectory(), '--timeout', '1s'));
    const attempt = 'retrying 2 of 5 in 1 s: POST \\S+/unbilled/export got no answer on attempt 1: .*';
    expect({ code, stderr }).toEqual({ code: 4, stderr: expect.stringMatching(`^${attempt}\n(.*\n)*DeadlineError: `) });
  });

  it('ends a long wait between polls, which is announced', async () => {
    const service = await scripted(accepted, { body: example('running'), headers: { 'retry-after': '61' } });
    const { code, stderr } = await run(exportArgs(service, await newDirectory(), '--timeout', '1s'));
    expect({ code, stderr }).toEqual({ code: 4, stderr: expect.stringContaining('running; polling again in 61 s\n') });
  });

  it('also limits the start of the export', async () => {
    const directory = await newDirectory();
    const service = await scripted(() => {});
    expect(await run(exportArgs(service, directory, '--timeout', '1s'))).toEqual({
      code: 4,
      stdout: '',
      stderr: 'DeadlineError: The export could not be started within 1 s.\n',
    });
  });

  it('ends a wait that the service asks for', async () => {
    const service = await scripted(refusal(503, { 'retry-after': '1000000000' }));
    const { code, stderr } = await run(exportArgs(service, await newDirectory(), '--timeout', '2s'));
    expect({ code, stderr }).toEqual({
      code: 4,
      stderr: expect.stringMatching(/^retrying 2 of 5 in 900 s: POST \S+ answered 503\nDeadlineError: /),
    });
  });
});
