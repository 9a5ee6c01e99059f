import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from 'vitest';
import { isInstalled, peers } from '../../bench/peers.ts';

const run = promisify(execFile);
const columns = ['what', 'compared with', 'ours', 'theirs', 'ratio', 'target', 'verdict'];
const AMOUNT = /^[\d.,]+ (µs|ms|bytes|MB|MB\/s|line items\/s)$/;
const RATIO = /^[\d.,]+ ×$/;
const DIFFERENCE = /^[+−] [\d.,]+ (ms|MB)$/;

let rows: Record<string, string>[];

beforeAll(async () => {
  const { stdout } = await run(process.execPath, ['bench/main.ts', '--smoke']);
  const lines = stdout.split('\n').filter((line) => line.startsWith('| '));
  const cells = lines.map((line) => line.slice(2, -2).split(' | '));
  expect(cells[0]?.map((cell) => cell.trim())).toEqual(columns);
  rows = cells.slice(2).map((row) => Object.fromEntries(row.map((cell, n) => [columns[n], cell.trim()])));
}, 120_000);

const getExport = '`getExport`, time per call';
const bundle = 'the whole flow in a browser bundle';
const reading = 'line items of one blob, one thread';
const numbers = "`numbers: 'string'`";
const memory = 'peak memory while reading';
const download = '`downloadExport`, 8 blobs';

it.each([
  [getExport, '`fetch` + `json()`', RATIO, '≤ 1.2 ×'],
  [getExport, 'openapi-fetch', RATIO, '< 1 ×'],
  [`${getExport}, over HTTPS`, '@microsoft/microsoft-graph-client', RATIO, '< 1 ×'],
  [getExport, 'ky', RATIO, '< 1 ×'],
  [bundle, '@microsoft/microsoft-graph-client + @azure/core-lro + @azure/storage-blob', RATIO, /^≤ [\d,]+ bytes$/],
  [reading, '`readline` over `createGunzip` + `JSON.parse`', RATIO, /^≥ 1\.[13] ×$/],
  [reading, 'the shortest correct loop', RATIO, '≥ 0.9 ×'],
  [numbers, "`numbers: 'number'`", RATIO, '≤ 1.5 ×'],
  [numbers, 'lossless-json', RATIO, '≥ 2 ×'],
  [memory, 'reading 400 MB', DIFFERENCE, '≤ 16 MB'],
  [memory, 'the idle process', DIFFERENCE, '< 128 MB'],
  ['first line item after the first byte', '–', AMOUNT, '≤ 50 ms'],
  [download, '`curl --parallel`', RATIO, '≥ 1 ×'],
  [download, '`BlobClient.downloadToFile`', RATIO, '> 1 ×'],
  ['several blobs, all cores: `lines`', "DuckDB's `read_json`", RATIO, '≤ 1 ×'],
  ['several blobs, all cores: verification', "DuckDB's `read_json`", RATIO, '–'],
  ['several blobs, all cores: to Parquet', "DuckDB's `COPY`", RATIO, '≤ 1.5 ×'],
  ['start of `unbilled-usage --help`', '`node -e 0`', DIFFERENCE, '≤ 60 ms'],
])('a smoke run of the bench measures %s, compared with %s', (what, beside, ratio, target) => {
  const matches = rows.filter((row) => row.what?.startsWith(what) && row['compared with']?.startsWith(beside));
  expect(matches).not.toEqual([]);
  for (const row of matches) {
    if (isMissing(beside))
      expect(row.verdict).toMatch(/^skipped: (not installed: npm ci --prefix bench|(curl|openssl) is not installed)$/);
    else expect(row).toMatchObject({ ours: match(AMOUNT), ratio: match(ratio), target: match(target), verdict: '–' });
  }
});

function isMissing(beside: string): boolean {
  if (beside.includes('curl')) return spawnSync('curl', ['--version']).status !== 0;
  if (beside.includes('BlobClient')) return !isInstalled('@azure/storage-blob');
  return beside.split(' + ').some((name) => Object.hasOwn(peers, name) && !isInstalled(name));
}

function match(pattern: RegExp | string) {
  return typeof pattern === 'string' ? pattern : expect.stringMatching(pattern);
}
