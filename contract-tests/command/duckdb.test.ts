import { describe, expect, it } from 'vitest';
import { FormatError } from '../../src/cli/errors.ts';
import { importDuckDB, withDuckDB } from '../../src/cli/tables/duckdb.ts';
import { DirectoryError } from '../../src/node/index.ts';
import { failure } from '../support/play.ts';

const duckdb = await importDuckDB('this test needs');
const place = { signal: new AbortController().signal, directory: 'the-path' };

describe('a query that fails', () => {
  it.each([
    [
      'by itself throws a FormatError without the query',
      'SELECT nonsense',
      FormatError,
      /^DuckDB: Binder Error: [^\n]*$/,
    ],
    [
      'on the disk throws a DirectoryError with the path',
      "COPY (SELECT 1) TO '/no/such/folder.csv'",
      DirectoryError,
      /^the-path could not be written: IO Error: [^\n]*\.$/,
    ],
  ])('%s', async (_, sql, type, message) => {
    const error = await failure(withDuckDB(duckdb, place, (query) => query(sql)));
    expect(error).toBeInstanceOf(type);
    expect((error as Error).message).toMatch(message);
  });

  it('after or because of an abort throws its reason', async () => {
    const reason = new Error('enough');
    expect(
      await failure(withDuckDB(duckdb, { ...place, signal: AbortSignal.abort(reason) }, (query) => query('SELECT 1'))),
    ).toBe(reason);
    const stop = new AbortController();
    const endless = withDuckDB(duckdb, { ...place, signal: stop.signal }, (query) => {
      setTimeout(() => stop.abort(reason), 50);
      return query('SELECT count(*) FROM range(100000000000) AS a, range(100000000000)');
    });
    expect(await failure(endless)).toBe(reason);
  });
});
