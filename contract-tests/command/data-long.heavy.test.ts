import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { exportArgs, newDirectory, run } from '../support/command.ts';
import { accepted, scripted, succeeded } from '../support/play.ts';
import { query } from '../support/query.ts';
import { storeExport } from '../support/storage.ts';

it.each(['csv', 'parquet'])(
  'a line item of 20 MB with a NUL and an unknown attribute is unchanged in %s',
  async (format) => {
    const item = { Tags: `${'京'.repeat(100)}\0${'x'.repeat(20_000_000)}`, New: '💶"' };
    const { manifest } = await storeExport({ part: gzipSync(`${JSON.stringify(item)}\n`) });
    const directory = await newDirectory();
    const service = await scripted(accepted, succeeded(manifest()));
    const outcome = await run(exportArgs(service, directory, '--format', format, '--quiet'));
    expect(outcome).toMatchObject({ code: 0 });
    const [row] = await query(
      `SELECT md5(Tags) AS tags, Other FROM ${format === 'csv' ? `read_csv('${directory}/export.csv', max_line_size = 50000000)` : `'${directory}/export.parquet'`}`,
    );
    expect(row).toEqual({
      tags: createHash('md5').update(item.Tags).digest('hex'),
      Other: JSON.stringify({ New: item.New }),
    });
  },
);
