import { checkFiles, readItems, type StoredFile } from '../../node/internals.ts';
import { FormatError } from '../errors.ts';
import { columns } from './columns.ts';
import { importDuckDB, type Place, type Query, type Row, withDuckDB } from './duckdb.ts';
import { excess, type Needs } from './exact.ts';
import { lineItemsIn, readersOf } from './line-items-sql.ts';

/** `purpose` begins the message if DuckDB is missing, `advice` ends the one if no type represents a column. */
type Reading = Place & { purpose: string; advice?: string };

/**
 * Runs a query of the columns `names` of all line items. If the preferred types are too small for it, `write` writes it
 * again with what the columns need.
 *
 * @throws {@link FormatError} with blob and line if a column cannot represent a value, {@link BlobError} if a file has
 * changed, and what {@link withDuckDB} throws
 */
export async function queryLineItems(
  files: readonly StoredFile[],
  names: readonly string[],
  reading: Reading,
  write: (lineItems: string, needs: Needs) => string,
): Promise<Row[]> {
  const rows = await withDuckDB(await importDuckDB(reading.purpose), reading, async (query) => {
    const run = async (needs: Needs) => query(write(await lineItemsIn(query, files, names), needs));
    return run(new Map()).catch(async (error) => {
      const needs = await diagnose(query, files, names, reading);
      if (error instanceof FormatError) return run(needs);
      throw error;
    });
  });
  await checkFiles(files, reading.signal);
  return rows;
}

/** Reads the line items one after the other. Returns what the columns need, or throws an error with blob and line. */
async function diagnose(
  query: Query,
  files: readonly StoredFile[],
  names: readonly string[],
  { advice = '', signal }: Reading,
): Promise<Needs> {
  const needs: Needs = new Map();
  for (const file of files) {
    const fail = async (n: unknown, problem: (where: string) => string) => {
      throw new FormatError(problem(at(file, await lineOf(file, Number(n), signal))));
    };
    const invalid = (where: string, name: unknown, value: unknown, kind = columns[`${name}`]) =>
      `${where}: ${name} is ${JSON.stringify(value).slice(0, 80)}, which is not a valid ${kind}.`;
    for await (const batch of readItems(file, JSON.parse, signal)) {
      for (const [item, line] of batch) {
        const [name, value] =
          Object.entries(item).find(([, text]) => typeof text === 'string' && /\p{Cs}/u.test(text)) ?? [];
        if (name) throw new FormatError(invalid(at(file, line), name, value, 'text')); // DuckDB does not read it.
      }
    }
    const [repeated] = await query(`SELECT min(n) AS n FROM (
      SELECT row_number() OVER () AS n, json_keys(json) AS keys FROM (${await readersOf([file])}))
      WHERE list_unique(keys) <> len(keys)`);
    if (repeated?.n) await fail(repeated.n, (where) => `${where} has two values for the same attribute.`);
    for (const row of await query(await measures(query, file, names))) {
      if (row.invalid) await fail(row.invalid, (where) => invalid(where, row.name, row.text));
      const { whole, places } = needs.get(`${row.name}`) ?? { whole: 0, places: 0 };
      const need = { whole: Math.max(whole, Number(row.whole)), places: Math.max(places, Number(row.places)) };
      needs.set(`${row.name}`, need);
      const problem = excess(`${row.name}`, need);
      if (problem) await fail(row.last, (where) => `${row.name} ${problem} (${where})${advice}.`);
    }
  }
  return needs;
}

const at = ({ name }: StoredFile, line: number | undefined) => `Line ${line} of blob "${name}"`;

/** Returns the number of a line item's line. DuckDB skips blank lines. */
async function lineOf(file: StoredFile, n: number, signal: AbortSignal): Promise<number | undefined> {
  let before = 0;
  for await (const batch of readItems(file, () => ({}), signal)) {
    if (n <= before + batch.length) return batch[n - before - 1]?.[1];
    before += batch.length;
  }
  return undefined;
}

/** Returns the SQL for what each column needs, the last line item that needs most, and the first that is not valid. */
async function measures(query: Query, file: StoredFile, names: readonly string[]): Promise<string> {
  const measured = names.filter((name) => columns[name] && columns[name] !== 'text');
  const by = (date: string, decimal: string) => `CASE WHEN name LIKE '%Date' THEN ${date} ELSE ${decimal} END`;
  return `SELECT name, min(n) FILTER (NOT valid) AS invalid, arg_min(text, n) FILTER (NOT valid) AS text,
      coalesce(max(whole), 0) AS whole, coalesce(max(places), 0) AS places, greatest(arg_max(n, whole), arg_max(n, places)) AS last
    FROM (SELECT *,
        ${by('utc(text) IS NOT NULL', "is_number(text) AND (significant(text) = '' OR exponent(text) IS NOT NULL)")} AS valid,
        ${by('(TRY_CAST(text AS TIMESTAMP_NS) IS NULL)::BIGINT', 'greatest(0, strlen(significant(text)) - scale(text))')} AS whole,
        ${by('fraction_places(text)', 'scale(text)')} AS places
      FROM (UNPIVOT (SELECT row_number() OVER () AS n, * FROM ${await lineItemsIn(query, [file], measured)})
        ON ${measured.join(', ')} INTO NAME name VALUE text))
    GROUP BY name ORDER BY invalid, name`;
}
