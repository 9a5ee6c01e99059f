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
 * @throws A {@link FormatError} with blob and line if a column cannot represent a value, {@link BlobError} if a file has
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
      await checkFiles(files, reading.signal);
      if (error instanceof FormatError) return run(await diagnose(query, files, names, reading));
      throw error;
    });
  });
  await checkFiles(files, reading.signal);
  return rows;
}

/** Parses a line item to its text, if it is a JSON object. */
export const asWritten = (line: string): { line: string } => /^\s*\{/.test(line) && JSON.parse(line) && { line };

/** Two escapes that are one character, or a backslash. */
const WHOLE = /\\\\|\\ud[89ab]..\\ud[c-f]../gi;

/** Reads the line items one after the other. Returns what the columns need, or throws an error with blob and line. */
async function diagnose(
  query: Query,
  files: readonly StoredFile[],
  names: readonly string[],
  { advice = '', signal }: Reading,
): Promise<Needs> {
  const needs: Needs = new Map();
  for (const file of files) {
    const at = (line: number | undefined) => `Line ${line} of blob "${file.name}"`;
    const nth = async (n: unknown) => at(await lineOf(file, Number(n), signal));
    for await (const batch of readItems(file, asWritten, signal)) {
      const [, half] = batch.find(([{ line }]) => /\\ud[89a-f]/i.test(line.replace(WHOLE, ''))) ?? [];
      if (half) throw new FormatError(`${at(half)} has half a surrogate pair, which is not valid text.`);
    }
    const [repeated] = await query(`SELECT min(n) AS n FROM (
      SELECT row_number() OVER () AS n, json_keys(json) AS keys FROM (${await readersOf([file])}))
      WHERE list_unique(keys) <> len(keys)`);
    if (repeated?.n) throw new FormatError(`${await nth(repeated.n)} has two values for the same attribute.`);
    for (const { name, text, invalid, last, ...row } of await query(await measures(query, file, names))) {
      const column = `${name}`;
      if (invalid) {
        const value = JSON.stringify(text).slice(0, 80);
        throw new FormatError(`${await nth(invalid)}: ${column} is ${value}, which is not a valid ${columns[column]}.`);
      }
      const { whole, places } = needs.get(column) ?? { whole: 0, places: 0 };
      const need = { whole: Math.max(whole, Number(row.whole)), places: Math.max(places, Number(row.places)) };
      needs.set(column, need);
      const problem = excess(column, need);
      if (problem) throw new FormatError(`${column} ${problem} (${await nth(last)})${advice}.`);
    }
  }
  return needs;
}

/** Returns the number of a line item's line. DuckDB skips blank lines. */
async function lineOf(file: StoredFile, n: number, signal: AbortSignal): Promise<number | undefined> {
  let left = n;
  for await (const batch of readItems(file, () => ({}), signal)) {
    if (left <= batch.length) return batch[left - 1]?.[1];
    left -= batch.length;
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
