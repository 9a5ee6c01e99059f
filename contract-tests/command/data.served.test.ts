import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { exportArgs, newDirectory, run } from '../support/command.ts';
import { accepted, scripted, succeeded } from '../support/play.ts';
import { query } from '../support/query.ts';
import { storageUrl } from '../support/servers.ts';
import { storeExport } from '../support/storage.ts';

// What the command makes of line items that are rare, odd or wrong: the very value, or an error that names blob and line.

async function converted(lines: string, format: string) {
  const { manifest } = await storeExport(storageUrl(), { part: gzipSync(lines) });
  const directory = await newDirectory();
  const service = await scripted(accepted, succeeded(manifest()));
  return { directory, outcome: await run(exportArgs(service, directory, '--format', format, '--quiet')) };
}

describe('dates', () => {
  const at = (dates: string[]) =>
    converted(dates.map((UsageDate) => `${JSON.stringify({ UsageDate })}\n`).join(''), 'parquet');

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
      'UsageDate needs 10 digits of a second, more than the 9 of a timestamp (Line 1 of blob "part"); use another --format.',
    ],
    [
      ['0001-01-01', '2024-09-01T00:00:00.1234567Z'],
      'UsageDate needs 7 digits of a second, which a timestamp has from 1678 to 2261 only (Line 2 of blob "part"); use another --format.',
    ],
  ])('%j are refused with blob and line, not changed', async (dates, problem) => {
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
  ])('of %s is the same in Parquet, to the last digit', async (written, plain) => {
    const { directory } = await converted(`{"UnitPrice":${written}}\n`, 'parquet');
    const [row] = await query(`SELECT UnitPrice::VARCHAR AS price FROM '${directory}/export.parquet'`);
    expect(row?.price?.replace(/\.?0+$/, '')).toBe(plain.replace(/0+$/, (zeros) => (plain.includes('.') ? '' : zeros)));
  });

  it.each(['1e999999999', '0e999999999', '-1E-999999999'])('of %s is an error at once', async (written) => {
    const { outcome } = await converted(`{"UnitPrice":${written}}\n`, 'parquet');
    expect(outcome).toMatchObject({ code: 1, stderr: expect.stringMatching(/^FormatError: .*Line 1 of blob "part"/) });
  });
});

describe('a line item', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

  it.each(['Tags', 'New', 'Quantity'])('with %s nested 100,000 deep is refused', async (name) => {
    const { outcome } = await converted(`{}\n{"${name}":${deep}}\n`, 'csv');
    expect(outcome.stderr).toBe('FormatError: Line 2 of blob "part" is nested too deeply.\n');
    expect(outcome.code).toBe(1);
  });

  it('with half a character is refused', async () => {
    const { outcome } = await converted('{"Tags":"\\ud800"}\n', 'parquet');
    expect(outcome.stderr).toBe('FormatError: Line 1 of blob "part": Tags is "\\ud800", which is not a valid text.\n');
  });

  it.each(['csv', 'parquet'])('of 20 MB, with a NUL and an unknown attribute is the same in %s', async (format) => {
    const item = { Tags: `${'京'.repeat(100)}\0${'x'.repeat(20_000_000)}`, New: '\ud800"' };
    const { directory, outcome } = await converted(`${JSON.stringify(item)}\n`, format);
    expect(outcome).toMatchObject({ code: 0 });
    const [row] = await query(
      `SELECT md5(Tags) AS tags, Other FROM ${format === 'csv' ? `read_csv('${directory}/export.csv', max_line_size = 50000000)` : `'${directory}/export.parquet'`}`,
    );
    expect(row).toEqual({
      tags: createHash('md5').update(item.Tags).digest('hex'),
      Other: JSON.stringify({ New: item.New }),
    });
  });
});
