import { readdir } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { exportArgs, newDirectory, run } from '../support/command.ts';
import { expectBreach } from '../support/observe.setup.ts';
import { accepted, scripted, succeeded } from '../support/play.ts';
import { query } from '../support/query.ts';
import { storeExport } from '../support/storage.ts';

// Rare, odd or invalid line items are converted exactly, or cause an error that names the blob and the line.

async function convert(lines: string, format: string) {
  const { manifest } = await storeExport({ part: gzipSync(lines) });
  const directory = await newDirectory();
  const service = await scripted(accepted, succeeded(manifest()));
  return { directory, outcome: await run(exportArgs(service, directory, '--format', format, '--quiet')) };
}

describe('dates', () => {
  const at = (dates: string[]) =>
    convert(dates.map((UsageDate) => `${JSON.stringify({ UsageDate })}\n`).join(''), 'parquet');

  it('keep seven fractional digits in Parquet', async () => {
    const { directory } = await at(['2024-09-30T23:30:00.1234567Z', '2024-09-01']);
    expect(await query(`SELECT UsageDate::VARCHAR AS date FROM '${directory}/export.parquet'`)).toEqual([
      { date: '2024-09-30 23:30:00.1234567' },
      { date: '2024-09-01 00:00:00' },
    ]);
  });

  it.each([
    [['2024-09-01', '2024-02-30'], 'Line 2 of blob "part": UsageDate is "2024-02-30", which is not a valid date.'],
    [
      ['2024-09-01T24:00:00Z'],
      'Line 1 of blob "part": UsageDate is "2024-09-01T24:00:00Z", which is not a valid date.',
    ],
    [
      ['2024-09-01T00:00:00.1234567891Z'],
      'UsageDate needs 10 fractional digits, more than the 9 of a timestamp (Line 1 of blob "part"); use another --format.',
    ],
    [
      ['0001-01-01', '2024-09-01T00:00:00.1234567Z'],
      'UsageDate needs 7 fractional digits, which a timestamp only has from 1678 to 2261 (Line 2 of blob "part"); use another --format.',
    ],
  ])('%j are rejected with blob and line, not changed', async (dates, problem) => {
    const { directory, outcome } = await at(dates);
    expect(outcome).toEqual({ code: 1, stdout: '', stderr: `FormatError: ${problem}\n` });
    expect((await readdir(directory)).sort()).toEqual(['export.json', 'part']);
  });
});

describe('a decimal', () => {
  it.each([
    ['680338253035215962e-17', '6.80338253035215962'],
    ['7147600E-36', '0.0000000000000000000000000000071476'],
    ['-2542038192.45e-27', '-0.00000000000000000254203819245'],
    ['1.5e+30', '1500000000000000000000000000000'],
  ])('%s is the same in Parquet, to the last digit', async (text, plain) => {
    const { directory } = await convert(`{"UnitPrice":${text}}\n`, 'parquet');
    const [row] = await query(`SELECT UnitPrice::VARCHAR AS price FROM '${directory}/export.parquet'`);
    expect(row?.price?.replace(/\.?0+$/, '')).toBe(plain.replace(/0+$/, (zeros) => (plain.includes('.') ? '' : zeros)));
  });

  it.each([
    ['1e999999999', [/^line item: line 1 \/UnitPrice: received Infinity/]],
    ['-1E-999999999', []],
  ])('%s is an error, without a huge number of digits', async (text, errors) => {
    expectBreach(...errors);
    const { outcome } = await convert(`{"UnitPrice":${text}}\n`, 'parquet');
    expect(outcome).toMatchObject({ code: 1, stderr: expect.stringMatching(/^FormatError: .*Line 1 of blob "part"/) });
  });
});

describe('a line item', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

  it.each([
    ['Tags', deep, [/^line item: line 2 \/Tags: received an array/]],
    ['New', `{"New":${deep}}`, []],
  ])('with %s nested 100,000 levels deep is unchanged', async (name, cell, errors) => {
    expectBreach(...errors);
    const { directory } = await convert(`{}\n{"${name}":${deep}}\n`, 'parquet');
    expect(await query(`SELECT Tags, Other FROM '${directory}/export.parquet'`)).toEqual([
      { Tags: null, Other: null },
      { Tags: null, Other: null, [name === 'New' ? 'Other' : name]: cell },
    ]);
  });

  it('with a decimal nested 100,000 levels deep is rejected', async () => {
    expectBreach(/^line item: line 2 \/Quantity: received an array/);
    const { outcome } = await convert(`{}\n{"Quantity":${deep}}\n`, 'csv');
    expect(outcome.stderr).toMatch(
      /^FormatError: Line 2 of blob "part": Quantity is "\[{79}, which is not a valid decimal\.\n$/,
    );
    expect(outcome.code).toBe(1);
  });

  it('with half a surrogate pair is rejected', async () => {
    const { outcome } = await convert('{"Tags":"\\ud800"}\n', 'parquet');
    expect(outcome.stderr).toBe(
      'FormatError: Line 1 of blob "part" has half a surrogate pair, which is not valid text.\n',
    );
  });
});
