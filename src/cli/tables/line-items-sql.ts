import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import type { StoredFile } from '../../node/internals.ts';
import { columns, OTHER, spellings } from './columns.ts';
import { literal, type Query } from './duckdb.ts';

/** The longest line that a download accepts, in bytes, and its line feed. */
const LONGEST = 2 ** 25 + 1;

const NUMBER = '-?[0-9][0-9.eE+-]*';
const STRING = String.raw`"(?:[^"\\]|\\.)*"`;

/**
 * A number or `null` in a flat object without white space. Inside a string, a quote follows a backslash, and the quote
 * that ends the string is not followed by a letter. Begins with a literal, so that the search for it is fast.
 */
const MEMBER = String.raw`":(?:(${NUMBER})|null)(,"\w|}$)`;

/** What DuckDB accepts although it is not JSON, outside of strings. */
const NOT_JSON = String.raw`,\s*[}\]]|(?i:nan|inf)`;

const others = Object.keys(spellings);
const known = Object.keys(columns);
const list = (texts: readonly string[]) => `[${texts.map(literal).join(', ')}]`;

/**
 * Returns the SQL of all line items in order, with a column of text for each of `names`, as written. A missing or empty
 * value is NULL. A line that is not a JSON object, or has a name twice, is an error.
 *
 * DuckDB reads numbers as doubles, so each becomes a string first. In a usual line, which has known names and only texts
 * and numbers, that is fast. In any other line, these strings get a mark, because they can be anywhere.
 */
export async function lineItemsIn(
  query: Query,
  files: readonly StoredFile[],
  names: readonly string[],
): Promise<string> {
  const readers = await readersOf(files);
  const [first] = await query(`SELECT json_keys(json) AS keys FROM (${readers[0]}) LIMIT 1`);
  const keys = (first?.keys ?? []) as string[];
  const areUsual = new Set(keys).size === keys.length && keys.every((key) => known.includes(key));
  const template = literal(`{${names.map((name) => `"${name}":"VARCHAR"`).join(',')}}`);

  const mark = `number ${crypto.randomUUID()} `;
  const marked = `replace(regexp_replace(line, '(${STRING})|(${NUMBER})', '\\1"${mark}\\2"', 'g'), '"${mark}"', '')`;
  const unmarked = (json: string) => `regexp_replace(${json}, '"?${mark}([0-9.eE+-]*)"?', '\\1', 'g')`;
  const value = (name: string) => `nullif(${unmarked(`map['${name}']->>'$'`)}, '')`;
  const cell = (name: string) => {
    const spelt = [name, ...others.filter((other) => spellings[other] === name)];
    return `coalesce(${spelt.map(value).join(', ')})`;
  };
  const conflicts = others.map((other) => `name = '${other}' AND ${value(other)} <> ${value(spellings[other] ?? '')}`);
  const isOther = `name NOT IN ${list([...known, ...others])} OR ${conflicts.join(' OR ')}`;
  const rest = `map_from_entries(list_filter(map_entries(map), lambda entry: ${isOther.replace(/\bname\b/g, 'entry.key')}))`;
  const other = `nullif(${unmarked(`to_json(${rest})::VARCHAR`)}, '{}')`;
  const cells = names.map((name) => `${name}: ${name === OTHER ? other : cell(name)}`);

  return `(
    WITH lines AS (
      SELECT line, json_keys(line) AS keys, regexp_replace(line, '${MEMBER}', '":"\\1"\\2', 'g') AS text
      FROM (SELECT json::VARCHAR AS line FROM (${readers.join(' UNION ALL ')}))),
    checked AS (SELECT *, coalesce(
      ${areUsual ? `keys = ${list(keys)}` : `list_has_all(${list(known)}, keys) AND list_unique(keys) = len(keys)`}
      AND list_min(json_type(text, '$.*')) = 'VARCHAR' AND NOT regexp_matches(line, ',\\s*}$'), false) AS is_usual FROM lines),
    mapped AS (SELECT *, CASE
      WHEN is_usual THEN NULL
      WHEN json_type(line) <> 'OBJECT' OR list_unique(keys) <> len(keys)
        OR regexp_matches(regexp_replace(line, '${STRING}', '""', 'g'), '${NOT_JSON}') THEN error('')
      ELSE ${marked}::JSON::MAP(VARCHAR, JSON) END AS map FROM checked),
    parsed AS (SELECT CASE WHEN is_usual THEN from_json(text, ${template}) ELSE {${cells.join(', ')}} END AS item FROM mapped)
    SELECT ${names.map((name) => `nullif(item.${name}, '') AS ${name}`).join(', ')} FROM parsed)`;
}

/** Returns the SQL that reads the files in order. DuckDB reads many with one query, if all are compressed or none. */
export async function readersOf(files: readonly StoredFile[]): Promise<string[]> {
  const runs: { compression: string; paths: string[] }[] = [];
  for (const file of files) {
    const compression = (await isGzip(file)) ? 'gzip' : 'uncompressed';
    if (runs.at(-1)?.compression !== compression) runs.push({ compression, paths: [] });
    runs.at(-1)?.paths.push(literal(pattern(file.path)));
  }
  if (runs.length === 0) return ['SELECT NULL::JSON AS json WHERE false'];
  return runs.map(
    ({ compression, paths }) =>
      `SELECT json FROM read_ndjson_objects([${paths.join(', ')}], compression = '${compression}', hive_partitioning = false, maximum_object_size = ${LONGEST})`,
  );
}

/** Returns whether DuckDB must inflate a file. If the transport decoded a blob, its bytes tell. */
async function isGzip({ path, encoded }: StoredFile): Promise<boolean> {
  if (!encoded) return true;
  const [head] = await createReadStream(path, { end: 1 }).toArray();
  return head?.[0] === 0x1f && head[1] === 0x8b;
}

/** Returns the pattern that matches only this path. DuckDB would also expand `~`. */
function pattern(path: string): string {
  return resolve(path).replace(/[*?[]/g, '[$&]');
}
