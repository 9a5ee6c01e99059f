import { describe, expect, it } from 'vitest';
import { transferFlags } from '../../src/cli/commands/flags.ts';
import { line } from '../../src/cli/screen/bar.ts';
import { plainLines } from '../../src/cli/screen/plain-lines.ts';
import { print, printJson } from '../../src/cli/screen/print.ts';
import { columns, spellings } from '../../src/cli/tables/columns.ts';
import { spec } from '../kit/document/document.ts';
import { decimals } from '../kit/mock/partner-month.ts';

describe('the columns', () => {
  const attributes = Object.keys(spec.components.schemas.UsageLineItem.properties);

  it('are the attributes of the contract, without alternative spellings', () => {
    expect(Object.keys(columns).sort()).toEqual(attributes.filter((name) => !Object.hasOwn(spellings, name)).sort());
    expect(Object.keys(columns)).toHaveLength(55);
    for (const [spelling, column] of Object.entries(spellings)) {
      expect([attributes.includes(spelling), spelling.toLowerCase()]).toEqual([true, column.toLowerCase()]);
    }
  });

  it('are decimals according to the contract, and dates according to their names', () => {
    const of = (kind: string) => Object.keys(columns).filter((name) => columns[name] === kind);
    expect(of('decimal').sort()).toEqual([...decimals].sort());
    expect(of('date').sort()).toEqual(attributes.filter((name) => name.endsWith('Date')).sort());
  });
});

it.each([
  ['30s', 30_000],
  ['10m', 600_000],
  ['1h', 3_600_000],
  ['2d', 172_800_000],
  ['0s', undefined],
  ['1w', undefined],
  ['x1h', undefined],
  ['1hx', undefined],
])('--timeout %s is %s ms', (timeout, timeoutMs) => {
  expect(transferFlags.timeout.parse(timeout)).toBe(timeoutMs);
});

it.each([
  ['1', 1],
  ['64', 64],
  ['0', undefined],
  ['65', undefined],
  ['1.5', undefined],
])('--concurrency %s is %s', (text, concurrency) => {
  expect(transferFlags.concurrency.parse(text)).toBe(concurrency);
});

describe('progress', () => {
  it('ignores blobs from earlier runs in rate and remaining time', () => {
    const progress = { blobs: 6, blobCount: 10, bytes: 30e6, lineItems: 12_000 };
    expect(line(progress, { blobs: 4, bytes: 10e6 }, 100)).toEqual([
      '████████████░░░░░░░░',
      '  6/10 blobs  30.0 MB  12,000 items  0.2 MB/s  3:20 left',
    ]);
    expect(line(progress, { blobs: 6, bytes: 30e6 }, 7_000)[1]).toContain('0.0 MB/s  – left');
    expect(line(progress, { blobs: 5, bytes: 0 }, 3_700)[1]).toContain('4:06:40 left');
  });

  it.each([1, 3, 7, 1_000])('is at most ten plain lines for %d blobs', (blobCount) => {
    const lines: string[] = [];
    const view = plainLines({ write: (text: string) => lines.push(text) } as unknown as NodeJS.WritableStream);
    for (let blobs = 0; blobs <= blobCount; blobs++) view.update({ blobs, blobCount, bytes: blobs, lineItems: blobs });
    expect(lines.length).toBe(Math.min(5, blobCount));
    const [n, s] = [blobCount.toLocaleString('en'), blobCount === 1 ? '' : 's'];
    expect(lines.at(-1)).toBe(`${n} of ${n} blob${s}: ${n} line item${s}, ${n} byte${s}\n`);
  });
});

it('a printed line contains no control or bidirectional characters', () => {
  const lines: string[] = [];
  print('a\x1b[2Jb\nc\u202ed\x9be', { write: (text: string) => lines.push(text) } as unknown as NodeJS.WritableStream);
  expect(lines).toEqual(['a [2Jb c d e\n']);
});

it('printed JSON escapes control and bidirectional characters', () => {
  const lines: string[] = [];
  printJson('a\x9bb\u202ec', { write: (text: string) => lines.push(text) } as unknown as NodeJS.WritableStream);
  expect(lines).toEqual(['"a\\u009bb\\u202ec"\n']);
});
