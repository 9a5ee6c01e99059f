import { describe, expect, it } from 'vitest';
import { transferFlags } from '../../src/cli/commands/flags.ts';
import { line } from '../../src/cli/screen/bar.ts';
import { plainLines } from '../../src/cli/screen/plain-lines.ts';
import { print, printJson } from '../../src/cli/screen/print.ts';
import { columns, OTHER, spellings } from '../../src/cli/tables/columns.ts';
import { decimalType, digitsOf, precisionOf, timestampType } from '../../src/cli/tables/digits.ts';
import { toRow } from '../../src/cli/tables/row.ts';
import { Sum } from '../../src/cli/tables/sum.ts';
import { toUtc } from '../../src/cli/tables/utc.ts';
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

describe('a row', () => {
  const all = new Set([...Object.keys(columns), OTHER]);

  it('has only the requested columns, and ignores invalid values in others', () => {
    expect(toRow({ Unit: 'h', Quantity: 'many', New: 'x' }, new Set(['Unit']), 'Line 1')).toEqual({ Unit: 'h' });
  });

  it.each([
    ['has no cell for an empty value', { Quantity: '', UnitPrice: null, Unit: '' }, {}],
    ['keeps decimals as written', { Quantity: '1E+2', UnitPrice: '-0.10' }, { Quantity: '1E+2', UnitPrice: '-0.10' }],
    [
      'merges spellings',
      { BenefitID: 'a', BenefitOrderID: 'b', ResourceUri: 'c' },
      { BenefitId: 'a', BenefitOrderId: 'b', ResourceURI: 'c' },
    ],
    ['prefers the first spelling that has a value', { ResourceURI: '', ResourceUri: 'c' }, { ResourceURI: 'c' }],
    ['merges equal values of two spellings', { BenefitID: 'a', BenefitId: 'a' }, { BenefitId: 'a' }],
    [
      'prefers the documented spelling, and keeps a different value',
      { BenefitID: 'other', BenefitId: 'a' },
      { BenefitId: 'a', Other: '{"BenefitID":"other"}' },
    ],
    [
      'prefers it in any order',
      { BenefitId: 'a', BenefitID: 'other' },
      { BenefitId: 'a', Other: '{"BenefitID":"other"}' },
    ],
    [
      'keeps unknown attributes as JSON',
      { New: '1.50', constructor: { a: [] } },
      { Other: '{"New":"1.50","constructor":{"a":[]}}' },
    ],
    ['keeps an unknown __proto__', JSON.parse('{"__proto__":"x"}'), { Other: '{"__proto__":"x"}' }],
    ['keeps a value that is not text as JSON', { Tags: { a: 'b' } }, { Tags: '{"a":"b"}' }],
  ])('%s', (_, item, row) => {
    expect(toRow(item, all, 'Line 1')).toEqual(row);
  });

  it.each([
    [{ Quantity: 'many' }, 'Line 1: Quantity is "many", which is not a valid decimal.'],
    [{ UnitPrice: 'NaN' }, 'Line 1: UnitPrice is "NaN", which is not a valid decimal.'],
    [{ UsageDate: '9/1/2024' }, 'Line 1: UsageDate is "9/1/2024", which is not a valid date.'],
    [{ Tags: '\ud800' }, 'Line 1: Tags is "\\ud800", which is not a valid text.'],
  ])('of %j is rejected', (item, message) => {
    expect(() => toRow(item, all, 'Line 1')).toThrow(message);
  });
});

it.each([
  ['2024-09-01', '2024-09-01T00:00:00Z'],
  ['2024-09-01T12:00:00', '2024-09-01T12:00:00Z'],
  ['2024-09-01T12:00:00.1234567Z', '2024-09-01T12:00:00.1234567Z'],
  ['2024-09-01T01:30:00.5+02:00', '2024-08-31T23:30:00.5Z'],
  ['2024-09-01T12:00', undefined],
  ['2024-13-01', undefined],
  ['2024-02-29', '2024-02-29T00:00:00Z'],
  ['2023-02-29', undefined],
  ['2024-02-30', undefined],
  ['2024-09-31T12:00:00Z', undefined],
  ['2024-09-01T24:00:00Z', undefined],
  ['2024-09-01T23:59:60Z', undefined],
  ['2024-09-01T12:00:00+24:00', undefined],
  ['0001-01-01T00:00:00', '0001-01-01T00:00:00Z'],
  ['0000-01-01T00:00:00+01:00', undefined],
  ['9999-12-31T23:59:59.9999999Z', '9999-12-31T23:59:59.9999999Z'],
  ['9999-12-31T23:59:59-01:00', undefined],
  ['10000-01-01', undefined],
  ['soon', undefined],
])('%s in UTC is %s', (text, utc) => {
  expect(toUtc(text)).toBe(utc);
});

it.each([
  ['0', 0, 0],
  ['-12.340', 2, 2],
  ['1E+2', 3, 0],
  ['1.25e1', 2, 1],
  ['-2.5e-3', 0, 4],
  ['0.0012', 0, 4],
  ['100', 3, 0],
  ['007.100', 1, 1],
  ['0.00', 0, 0],
  ['0e38', 0, 0],
])('%s has %d digits before the point and %d after it', (text, whole, places) => {
  expect(digitsOf(text)).toEqual({ whole, places });
});

it.each(['', 'x1', '1x', '.5', '1e', '+1', '0e39'])('"%s" is not a decimal that fits', (text) => {
  expect(digitsOf(text)).toBeUndefined();
});

it.each([
  [16, 3, 'DECIMAL(38, 22)'],
  [20, 3, 'DECIMAL(38, 18)'],
  [2, 30, 'DECIMAL(38, 30)'],
  [20, 18, 'DECIMAL(38, 18)'],
  [20, 19, undefined],
])('%d and %d digits fit %s', (whole, places, type) => {
  expect(decimalType({ whole, places }, 22)).toBe(type);
});

it.each([
  ['2024-09-01T00:00:00Z', 'TIMESTAMP'],
  ['0001-01-01T00:00:00.123456Z', 'TIMESTAMP'],
  ['2024-09-01T00:00:00.1234560Z', 'TIMESTAMP'],
  ['2024-09-01T00:00:00.1234567Z', 'TIMESTAMP_NS'],
  ['2024-09-01T00:00:00.123456789Z', 'TIMESTAMP_NS'],
  ['2024-09-01T00:00:00.1234567891Z', undefined],
  ['0001-01-01T00:00:00.1234567Z', undefined],
  ['1678-01-01T00:00:00.1234567Z', 'TIMESTAMP_NS'],
  ['2262-01-01T00:00:00.1234567Z', undefined],
])('%s is a %s', (utc, type) => {
  expect(timestampType(precisionOf(utc))).toBe(type);
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

describe('a sum', () => {
  const sumOf = (...texts: string[]) => {
    const sum = new Sum();
    for (const text of texts) sum.add(text);
    return sum;
  };

  it.each<[string[], string | null]>([
    [[], null],
    [['0'], '0'],
    [['0e999999999', '1'], '1'],
    [['1.10', '-0.1'], '1'],
    [['-0.05', '0.05'], '0'],
    [['1E+2', '1.25e1', '-2.5e-3'], '112.4975'],
    [['0.1234567890123456789012', '12345678901234567890'], '12345678901234567890.1234567890123456789012'],
    [['-0.5'], '-0.5'],
  ])('of %j is %s', (texts, total) => {
    expect(sumOf(...texts).text).toBe(total);
  });

  it('is compared by its value', () => {
    const sums = [sumOf('2'), sumOf(), sumOf('10.0'), sumOf('-3'), sumOf('0.5')];
    expect(sums.sort(Sum.compare).map(({ text }) => text)).toEqual([null, '-3', '0.5', '2', '10']);
    expect(Sum.compare(sumOf('1.50'), sumOf('1.5'))).toBe(0);
  });
});
