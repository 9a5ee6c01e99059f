import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { partnerMonth, toBlob, toLine } from '../kit/mock/partner-month.ts';
import { mockService } from '../support/mock-service.ts';
import { emptyDirectory } from '../support/play.ts';
import { type StoredExport, storeExport } from '../support/storage.ts';

const run = promisify(execFile);
const month = [...partnerMonth(200)];
const blob = toBlob(month);
let stored: StoredExport;
/** The packed package. */
let tarball: string;

beforeAll(async () => {
  stored = await storeExport({ 'part-00000.json.gz': blob });
  const folder = await mkdtemp(join(tmpdir(), 'package-'));
  const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', folder]);
  tarball = join(folder, stdout.trim().split('\n').at(-1) ?? '');
  return () => rm(folder, { recursive: true });
}, 60_000);

/** Creates a folder, and installs the packed package and some optional peers in it. */
async function install(...peers: string[]): Promise<string> {
  const folder = await emptyDirectory();
  const packages = [tarball, ...peers.map((peer) => resolve('node_modules', peer))];
  await run('npm', ['install', '--prefix', folder, '--offline', '--no-audit', '--no-fund', ...packages]);
  await run('npm', ['ls', '--prefix', folder]); // Fails if a peer does not have the required version.
  return folder;
}

async function unbilledUsage(folder: string, args: string[], env: Record<string, string> = {}) {
  const command = join(folder, 'node_modules/.bin/unbilled-usage');
  const options = { cwd: folder, env: { ...process.env, GRAPH_ACCESS_TOKEN: 'test-token', ...env } };
  return run(command, args, options).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error) => ({ code: error.code, stdout: error.stdout, stderr: error.stderr }),
  );
}

async function exportArgs(...more: string[]): Promise<string[]> {
  const service = await mockService(['succeededEmbedded'], () => stored.manifest());
  const request = ['export', '--currency', 'USD', '--period', 'last', '--out', 'out'];
  return [...request, '--base-url', `${service.url}/v1.0`, ...more];
}

describe('the packed package, installed in an empty folder', () => {
  it('has the command, which works without the optional peers, and names a peer that it needs', async () => {
    const folder = await install();
    expect(await unbilledUsage(folder, await exportArgs())).toMatchObject({ code: 0 });
    const file = await readFile(join(folder, 'out/part-00000.json.gz'));
    expect(gunzipSync(file).toString()).toBe(month.map((item) => `${toLine(item)}\n`).join(''));
    const lines = await unbilledUsage(folder, ['lines', 'out']);
    expect(lines.stdout).toBe(month.map((item) => `${toLine(item)}\n`).join(''));

    for (const args of [
      ['summary', 'out'],
      ['diff', 'out', 'out'],
      ['convert', 'out', '--format', 'csv'],
    ]) {
      const outcome = await unbilledUsage(folder, args);
      expect(outcome).toMatchObject({ code: 1, stderr: expect.stringContaining('@duckdb/node-api') });
    }
    const anonymous = await unbilledUsage(folder, ['status', 'op-1'], { GRAPH_ACCESS_TOKEN: '' });
    expect(anonymous).toMatchObject({ code: 1, stderr: expect.stringContaining('@azure/identity') });
  });

  it('accepts its optional peers, and writes Parquet and adds up with DuckDB', async () => {
    const folder = await install('@duckdb/node-api', '@azure/identity');
    expect(await unbilledUsage(folder, await exportArgs('--format', 'parquet'))).toMatchObject({ code: 0 });
    expect((await readFile(join(folder, 'out/export.parquet'))).subarray(0, 4).toString()).toBe('PAR1');
    const summary = await unbilledUsage(folder, ['summary', 'out']);
    expect(summary).toMatchObject({ code: 0, stdout: expect.stringMatching(/ 200 +USD/) });
  });

  it('has its entries', async () => {
    const folder = await install();
    const script = `
      const entries = ['', '/node', '/generated'].map((entry) => import('partner-unbilled-usage' + entry));
      const names = (await Promise.all(entries)).map((each) => Object.keys(each).length > 0);
      const { createRequire } = await import('node:module');
      const files = ['yaml', 'json'].map((end) => createRequire(import.meta.url).resolve('partner-unbilled-usage/openapi.' + end));
      console.log(JSON.stringify([names, files.length]));`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: folder });
    expect(JSON.parse(stdout)).toEqual([[true, true, true], 2]);
  });
});
