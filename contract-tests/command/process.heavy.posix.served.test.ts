import { existsSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, gunzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { partnerMonth, toBlob } from '../kit/mock/partner-month.ts';
import { exportArgs, newDirectory, preload, run, runProcess, start, without } from '../support/command.ts';
import { mockService } from '../support/mock-service.ts';
import { accepted, emptyDirectory, example, handle, scripted, succeeded } from '../support/play.ts';
import { query } from '../support/query.ts';
import { runProgram } from '../support/run-program.ts';
import type { ReceivedRequest } from '../support/scripted-server.ts';
import { storeExport } from '../support/storage.ts';

// Tests that need a separate process: signals, pipes, imports, locks of other processes.

const month = [...partnerMonth(1_500)];
const blobs: Record<string, Uint8Array> = Object.fromEntries(
  [0, 1, 2].map((i) => [`part-0000${i}.c000.json.gz`, toBlob(month.slice(i * 500, (i + 1) * 500))]),
);
const storedLines = Buffer.concat(Object.values(blobs).map((blob) => gunzipSync(blob))).toString();
const stored = await storeExport(blobs);
const files = ['export.json', ...Object.keys(blobs)];

/** Runs an export and returns its directory. */
async function exportMonth(): Promise<string> {
  const directory = await newDirectory();
  const service = await mockService(['succeededEmbedded'], () => stored.manifest());
  expect(await run(exportArgs(service, directory))).toMatchObject({ code: 0 });
  return directory;
}

async function expectRawFiles(directory: string): Promise<void> {
  for (const [name, blob] of Object.entries(blobs)) {
    expect(Buffer.compare(await readFile(join(directory, name)), blob)).toBe(0);
  }
}

describe('an export that is interrupted', () => {
  /** Returns the arguments of the command in stderr. */
  const resumeArgs = (stderr: string): string[] =>
    /^Resume with: unbilled-usage (.*)$/m.exec(stderr)?.[1]?.split(' ') ?? [];

  it('while it waits can be resumed with the printed command', async () => {
    const directory = await newDirectory();
    const service = await mockService(['running', 'succeededEmbedded'], () => stored.manifest());
    const { child, end } = start(exportArgs(service, directory, '--format', 'jsonl', '--api-version', 'beta'));
    child.stderr?.on('data', (text) => `${text}`.includes('running') && child.kill('SIGINT'));
    const { code, stdout, stderr } = await end;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr.split('\n').slice(-3)).toEqual([
      'Interrupted: stopped by SIGINT.',
      `Resume with: unbilled-usage resume ${directory} --format jsonl --api-version beta --base-url ${service.url}/v1.0`,
      '',
    ]);
    expect(await readdir(directory)).toEqual(['export.json']);
    const status = await run(['status', directory, '--base-url', `${service.url}/v1.0`, '--json']);
    expect(JSON.parse(status.stdout)).toMatchObject({
      state: 'succeeded',
      blobCount: 3,
      resume: `unbilled-usage resume ${directory} --base-url ${service.url}/v1.0`,
    });

    const outcome = await run(resumeArgs(stderr));
    expect(outcome).toMatchObject({ code: 0, stdout: expect.stringContaining('1,500 line items') });
    await expectRawFiles(directory);
    expect(await readFile(join(directory, 'export.jsonl'), 'utf8')).toBe(storedLines);
    expect(service.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('while it downloads resumes within the blob', async () => {
    const directory = await newDirectory();
    let hangs = true;
    const service = await scripted(({ method, url, headers }: ReceivedRequest, response) => {
      const blob = Object.entries(blobs).find(([name]) => url.includes(name))?.[1];
      if (method === 'POST') return response.writeHead(202, { location: handle.location }).end();
      if (!blob) {
        const manifest = stored.manifest(3_600_000, { rootDirectory: `${service.url}/blobs` });
        response.setHeader('content-type', 'application/json');
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

    await vi.waitFor(async () => {
      const { stdout } = await run(['status', directory, '--json']);
      expect(JSON.parse(stdout)).toMatchObject({ state: 'downloading', blobs: 1, blobCount: 3, lineItems: 500 });
    });
    const lines = await run(['lines', directory]);
    expect(lines).toEqual({
      code: 1,
      stdout: '',
      stderr: `DirectoryError: ${directory} has 1 of 3 blobs.\nResume with: unbilled-usage resume ${directory}\n`,
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
    const [operation, ...blobRequests] = service.requests.slice(before);
    expect(operation?.url).toContain('/operations/');
    // The two remaining blobs are fetched concurrently: one is resumed, one is new.
    expect(blobRequests.map(({ headers }) => headers.range ?? 'all').sort()).toEqual(['all', 'bytes=10000-']);
  });
});

it('concurrent processes that convert a directory write the whole table or fail', async () => {
  const directory = await exportMonth();
  const ends = await Promise.all(Array.from({ length: 4 }, () => runProcess(['resume', directory, '--format', 'csv'])));
  expect(ends.map(({ code }) => code)).toContain(0);
  for (const { code, stderr } of ends) if (code !== 0) expect(stderr).toContain('is in use by process');
  expect(await query(`SELECT count(*)::VARCHAR AS n FROM '${directory}/export.csv'`)).toEqual([{ n: '1500' }]);
  expect((await readdir(directory)).sort()).toEqual([...files, 'export.csv'].sort());
});

it('lines ends quietly when its pipe is closed', async () => {
  const { child, end } = start(['lines', await exportMonth()]);
  child.stdout?.once('data', () => child.stdout?.destroy());
  expect(await end).toMatchObject({ code: 0, stderr: '' });
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

  it('that is closed does not affect the directory', async () => {
    const directory = await exportMonth();
    expect(await shell('| true', directory)).toMatchObject({ code: 0, stderr: '' });
    expect((await readdir(directory)).sort()).toEqual(files);
  });

  it.skipIf(!existsSync('/dev/full'))('on a full device is an error, and leaves no lock', async () => {
    const directory = await exportMonth();
    expect(await shell('> /dev/full', directory)).toMatchObject({ code: 1, stderr: 'OutputError: stdout: ENOSPC.\n' });
    expect((await readdir(directory)).sort()).toEqual(files);
  });
});

it('a reader does not discard a file that another run has replaced and verified', async () => {
  const large = toBlob(Array.from({ length: 4 }, () => month).flat());
  const small = toBlob(month.slice(0, 10));
  const { manifest } = await storeExport({ a: large, b: small });
  const directory = await newDirectory();
  await run(exportArgs(await scripted(accepted, succeeded(manifest())), directory));
  const { child, end } = start(['lines', directory]);
  child.stdout?.pause();
  await new Promise((resolve) => child.stdout?.once('readable', resolve)); // Blocked in the first blob.

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

describe('an interrupt', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('by %s while stdout is blocked is reported', async (signal) => {
    const many = Array.from({ length: 4 }, () => month).flat();
    const { manifest } = await storeExport({ part: toBlob(many) });
    const directory = await newDirectory();
    await run(exportArgs(await scripted(accepted, succeeded(manifest())), directory));
    const { child, end } = start(['lines', directory]);
    child.stdout?.pause();
    await new Promise((resolve) => child.stdout?.once('readable', resolve));
    child.kill(signal);
    child.stderr?.once('data', () => child.stdout?.resume());
    expect(await end).toMatchObject({ code: 130, stderr: `Interrupted: stopped by ${signal}.\n` });
  });

  it.each(['csv', 'parquet'])('of a conversion to %s leaves no temporary files', async (format) => {
    const before = await readdir(tmpdir());
    const directory = await exportMonth();
    const { child, end } = start(['resume', directory, '--format', format]);
    child.stderr?.once('data', () => child.kill('SIGHUP'));
    const { code } = await end;
    expect([0, 130]).toContain(code);
    expect((await readdir(directory)).filter((name) => /partial|lock|rows/.test(name))).toEqual([]);
    const leftovers = (await readdir(tmpdir())).filter((name) => !before.includes(name) && /rows|duckdb/.test(name));
    expect(leftovers).toEqual([]);
  });
});

describe('an optional package', () => {
  it.each(['csv', 'parquet'])('for %s that is missing is named before an export is started', async (format) => {
    const service = await scripted();
    const args = exportArgs(service, await emptyDirectory(), '--format', format);
    expect(await runProcess(args, { node: without('@duckdb/node-api') })).toEqual({
      code: 1,
      stdout: '',
      stderr: `MissingPackageError: --format ${format} needs the package @duckdb/node-api: npm install --global @duckdb/node-api, or in a project without --global.\n`,
    });
    expect(service.requests).toEqual([]);
  });

  it('is not needed for raw, jsonl and lines', async () => {
    const service = await mockService(['succeededEmbedded'], () => stored.manifest());
    const args = exportArgs(service, await emptyDirectory(), '--format', 'jsonl');
    expect(await runProcess(args, { node: without('@duckdb/node-api') })).toMatchObject({ code: 0 });
  });

  it('for other credentials is named if there is no token', async () => {
    const env = { GRAPH_ACCESS_TOKEN: '' };
    expect(await runProcess(['status', 'some-id'], { env, node: without('@azure/identity') })).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'MissingPackageError: GRAPH_ACCESS_TOKEN is not set, and other credentials need the package @azure/identity: npm install --global @azure/identity, or in a project without --global.\n',
    });
  });
});

describe('--help', () => {
  /** Returns the import specifiers that the command resolves. */
  const imports = async (...args: string[]) =>
    (await runProcess(args, { node: preload('process._rawDebug(name)') })).stderr.trimEnd().split('\n');

  it('does not load the library', async () => {
    const specifiers = await imports('--help');
    expect(specifiers).toContain('./commands/help.ts');
    expect(specifiers.filter((name) => !/^(node:|file:|\.\/|\.\.\/errors\.ts$)/.test(name))).toEqual([]);
  });

  it('of a command needs no package', async () => {
    expect((await imports('export', '--help')).filter((name) => !/^(node:|file:|\.)/.test(name))).toEqual([]);
  });
});
