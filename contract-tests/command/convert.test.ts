import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { partnerMonth } from '../kit/mock/partner-month.ts';
import { run } from '../support/command.ts';
import { downloadItems } from '../support/download-items.ts';
import { expectBreach } from '../support/observe.setup.ts';
import { emptyDirectory } from '../support/play.ts';
import { query } from '../support/query.ts';

const item = { CustomerName: 'Łódź', Quantity: '1.50', UsageDate: '2024-09-30T23:00:00-02:00', Extra: 'x' };

const linesOf = async (directory: string) => (await readFile(join(directory, 'export.csv'), 'utf8')).split('\n');

describe('convert', () => {
  it.each(['jsonl', 'csv', 'parquet'])('writes the same %s as resume', async (format) => {
    const directory = await downloadItems(...partnerMonth(50));
    const written = async (by: string) => {
      const { code, stdout } = await run([by, directory, '--format', format]);
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: expect.stringContaining(`in ${directory}/export.${format}\n`),
      });
      return readFile(join(directory, `export.${format}`));
    };
    expect(await written('convert')).toEqual(await written('resume'));
  });

  it('writes CSV with a byte order mark for Excel, and the columns in the order of the vendor', async () => {
    const directory = await downloadItems(item);
    expect(await run(['convert', directory, '--format', 'csv', '--json'])).toMatchObject({
      code: 0,
      stderr: 'writing export.csv\n',
    });
    const [header = '', row = ''] = await linesOf(directory);
    expect(header).toMatch(
      /^\ufeffPartnerId,PartnerName,CustomerId,CustomerName,CustomerDomainName,.*,BenefitType,Other$/,
    );
    expect(row).toBe(
      ',,,Łódź,,,,,,,,,,,,,,,,,2024-10-01T01:00:00Z,,,,,,,,,,,,,,1.50,,,,,,,,,,,,,,,,,,,,,"{""Extra"":""x""}"',
    );
  });

  it('writes only some columns, in the given order', async () => {
    const directory = await downloadItems(item);
    const columns = ['--columns', 'UsageDate Other, Quantity,UsageDate'];
    expect(await run(['convert', directory, '--format', 'csv', ...columns, '--quiet'])).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    expect(await linesOf(directory)).toEqual([
      '\ufeffUsageDate,Other,Quantity',
      '2024-10-01T01:00:00Z,"{""Extra"":""x""}",1.50',
      '',
    ]);
    await run(['convert', directory, '--format', 'parquet', ...columns]);
    expect(await query(`SELECT COLUMNS(*)::VARCHAR FROM '${directory}/export.parquet'`)).toEqual([
      { UsageDate: '2024-10-01 01:00:00', Other: '{"Extra":"x"}', Quantity: '1.5000000000000000000000' },
    ]);
  });

  it('writes each column as in the whole file, even alone', async () => {
    const directory = await downloadItems(item, { Extra: 'y' }, ...partnerMonth(20), {});
    const columnOf = async (name: string) => {
      await run(['convert', directory, '--format', 'csv', ...(name ? ['--columns', name] : [])]);
      return query(`SELECT * FROM read_csv('${directory}/export.csv', all_varchar = true, header = true)`);
    };
    const whole = await columnOf('');
    expect(whole).toHaveLength(23);
    for (const name of ['CustomerName', 'Quantity', 'UsageDate', 'Tags', 'InvoiceNumber', 'Other']) {
      const values = (await columnOf(name)).map((row) => row[name] || null);
      expect({ name, values }).toEqual({ name, values: whole.map((row) => row[name]) });
    }
  });

  it.each(['jsonl', 'csv', 'parquet'])('to %s rejects a line that is not JSON, and says what to do', async (format) => {
    expectBreach(/^line item: line 2 is not JSON/);
    const directory = await downloadItems(item, { Quantity: 'many' });
    for (const _ of ['first', 'second']) {
      expect(await run(['convert', directory, '--format', format, '--quiet'])).toEqual({
        code: 1,
        stdout: '',
        stderr: [
          'LineItemError: Line 2 of blob "part" is not a JSON object: "{"Quantity":many}".',
          `The service sent it like this. Start another export with: unbilled-usage export … --out ${directory} --restart`,
          '',
        ].join('\n'),
      });
    }
  });

  it('keeps formulas as they are, or puts a quote before them with --escape-formulas', async () => {
    const names = ['=1+1', '+1', '-1', '@A1', '＝1', '\t=1', 'a;=1', 'a;;\t=1', "'=1", 'a=1', ' =1'];
    const directory = await downloadItems(...names.map((name) => ({ CustomerName: name, Quantity: '-2' })));
    const written = async (...flags: string[]) => {
      await run(['convert', directory, '--format', 'csv', '--columns', 'CustomerName,Quantity', ...flags]);
      return (await linesOf(directory)).slice(1, -1);
    };
    expect(await written()).toEqual(names.map((name) => `${name},-2`));
    expect(await written('--escape-formulas')).toEqual(
      names.map((name, i) => `${i < 5 ? "'" : ''}${name.replace(/(?<=[;\t])=/, "'=")},-2`),
    );
  });

  it.each([
    [
      ['--format', 'csv', '--columns', 'CustomerID'],
      '--columns: there is no column "CustomerID". Did you mean CustomerId?',
    ],
    [['--format', 'csv', '--columns', 'Kunde'], '--columns: there is no column "Kunde". The columns are PartnerId, '],
    [['--format', 'jsonl', '--columns', 'CustomerId'], '--columns needs --format csv or parquet.'],
    [['--format', 'parquet', '--escape-formulas'], '--escape-formulas needs --format csv.'],
    [['--format', 'raw'], '--format must be jsonl, csv, or parquet, not "raw".'],
    [[], '--format is missing.'],
  ])('%j is wrong usage', async (flags, message) => {
    const { code, stderr } = await run(['convert', 'no-directory', ...flags]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(`UsageError: ${message}`) });
  });

  it('of a directory without an export says how to start one', async () => {
    const directory = await emptyDirectory();
    expect(await run(['convert', directory, '--format', 'csv'])).toEqual({
      code: 1,
      stdout: '',
      stderr: `DirectoryError: ${directory} contains no export.\nStart one with: unbilled-usage export … --out ${directory}\n`,
    });
    expect(await run(['convert', join(directory, 'none'), '--format', 'csv'])).toMatchObject({ code: 1 });
  });

  it('of an unfinished download says how to resume it', async () => {
    const directory = await downloadItems(item);
    await writeFile(join(directory, 'part'), '');
    expect(await run(['convert', directory, '--format', 'csv'])).toEqual({
      code: 1,
      stdout: '',
      stderr: `DirectoryError: ${directory} has 0 of 1 blob.\nResume with: unbilled-usage resume ${directory}\n`,
    });
  });

  it('of a damaged file writes nothing, and says how to fetch it again', async () => {
    const directory = await downloadItems(...partnerMonth(50));
    const damaged = await readFile(join(directory, 'part'));
    damaged[100] = 255 - (damaged[100] ?? 0);
    await writeFile(join(directory, 'part'), damaged);
    const { code, stderr } = await run(['convert', directory, '--format', 'csv']);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^writing export\.csv\nBlobError: .*\nResume with: unbilled-usage resume .* --format csv\n$/,
    );
    await expect(linesOf(directory)).rejects.toThrow('ENOENT');
  });
});

it('lines shows no character that a terminal would obey', async () => {
  const directory = await downloadItems({ CustomerName: 'A\u0085\u202eB' });
  const linesOn = (terminal: object) => run(['lines', directory], { terminal });
  expect(await linesOn({})).toMatchObject({ stdout: '{"CustomerName":"A\u0085\u202eB"}\n' });
  expect(await linesOn({ isTTY: true })).toMatchObject({ stdout: '{"CustomerName":"A\\u0085\\u202eB"}\n' });
});
