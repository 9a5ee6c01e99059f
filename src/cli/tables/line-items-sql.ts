import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import type { StoredFile } from '../../node/internals.ts';
import { columns, OTHER, spellings } from './columns.ts';
import { literal, type Query } from './duckdb.ts';

/** A number after a name. A quote inside a string follows a backslash, so this one ends a name. */
const NAMED = String.raw`(\w"\s*:\s*)(-?[0-9][0-9.eE+-]*)`;

/** An object or an array after a name, or after a quote inside a string. Four times as fast as with the letter before it. */
const NESTED = String.raw`"\s*:\s*[\[{]`;

/** Everything up to the next number outside of strings, or up to the end. Takes twice as long as `NAMED`. */
const ANYWHERE = String.raw`([^"0-9-]*(?:"(?:[^"\\]|\\.)*"[^"0-9-]*)*)(?:(-?[0-9][0-9.eE+-]*)|$)`;

/** The longest line that a download accepts, in bytes, and its line feed. */
const LONGEST = 2 ** 25 + 1;

const respellings = Object.keys(spellings);

const list = (names: readonly string[]) => `[${names.map(literal).join(', ')}]`;

/**
 * Returns the SQL of all line items in order, with a column of text for each of `names`, as written. A missing or empty
 * value is NULL. DuckDB reads a number as a double, so every number becomes a string first. A line that is not an object,
 * or has a name twice, is an error.
 */
export async function lineItemsIn(
  query: Query,
  files: readonly StoredFile[],
  names: readonly string[],
): Promise<string> {
  const mark = `number ${crypto.randomUUID()} `;
  /** The line, with all its numbers as strings that `unmarked` recognizes, wherever they are. */
  const marked = `regexp_replace(regexp_replace(line, '${ANYWHERE}', '\\1"${mark}\\2"', 'g'), '"${mark}"$', '')`;
  const unmarked = (json: string) => `regexp_replace(${json}, '"?${mark}([0-9.eE+-]*)"?', '\\1', 'g')`;
  const value = (from: string, name: string) => {
    const text = `${from}.${name}`;
    return `nullif(CASE WHEN is_nested THEN ${unmarked(text)} ELSE ${text} END, '')`;
  };
  const cells = names
    .filter((name) => name !== OTHER)
    .map((name) => {
      const others = respellings.filter((each) => spellings[each] === name).map((each) => value('respelled', each));
      const first = value('item', name);
      return `${others.length > 0 ? `coalesce(${[first, ...others].join(', ')})` : first} AS ${name}`;
    });
  // DuckDB ignores the case of names, so other spellings are in a value of their own. The documented one wins; another value of another spelling is not lost.
  const patches = Object.entries(spellings).map(([spelling, name]) => {
    const differs = `${value('respelled', spelling)} <> ${value('item', name)}`;
    return [`coalesce(${differs}, false)`, `CASE WHEN ${differs} THEN NULL ELSE ${literal(`"${spelling}":null`)} END`];
  });
  const conflicts = patches.map(([conflict]) => conflict).join(' OR ');
  const patch = `'{' || concat_ws(',', ${patches.map(([, member]) => member).join(', ')}) || '}'`;
  const rest = `json_merge_patch(json_merge_patch(${marked}, ${objectOf(Object.keys(columns), 'null')}), ${patch})`;
  const other = `CASE WHEN shape.other OR (shape.respelled AND (${conflicts})) THEN nullif(${unmarked(rest)}, '{}') END`;
  if (names.includes(OTHER)) cells.push(`${other} AS ${OTHER}`);

  // The conflicts need every column that has another spelling.
  const parsed = names.includes(OTHER) ? Object.keys(columns) : names;
  const all = await readersOf(files);
  const shape = `CASE WHEN json_type(line) <> 'OBJECT' OR list_unique(keys) <> len(keys) THEN error('shape' || len(keys))
    ELSE {other: NOT list_has_all(${list([...Object.keys(columns), ...respellings])}, keys), respelled: list_has_any(${list(respellings)}, keys)} END`;
  // DuckDB looks at each of the names, unless they are those of the first line item, as in most of an export.
  const [first] = await query(`SELECT json_keys(json) AS keys FROM (${all[0]}) LIMIT 1`);
  const keys = (first?.keys ?? []) as string[];
  const isUsual = keys.length > 0 && new Set(keys).size === keys.length && keys.every((key) => /^\w+$/.test(key));
  const usual = `{other: ${keys.some((key) => !(Object.hasOwn(columns, key) || respellings.includes(key)))}, respelled: ${keys.some((key) => respellings.includes(key))}}`;
  return `(
    WITH lines AS (SELECT json::VARCHAR AS line, json_keys(json) AS keys FROM (${all.join(' UNION ALL ')})),
    shaped AS (SELECT line,
      CASE WHEN regexp_matches(line, '${NESTED}') THEN regexp_matches(line, '\\w${NESTED}') ELSE false END AS is_nested,
      ${isUsual ? `CASE WHEN keys = ${list(keys)} THEN ${usual} ELSE ${shape} END` : shape} AS shape FROM lines),
    quoted AS (SELECT *,
      CASE WHEN is_nested THEN ${marked} ELSE regexp_replace(line, '${NAMED}', '\\1"\\2"', 'g') END AS text FROM shaped),
    parsed AS (SELECT *, from_json(text, ${objectOf(parsed, '"VARCHAR"')}) AS item,
      from_json(CASE WHEN shape.respelled THEN text END, ${objectOf(respellings, '"VARCHAR"')}) AS respelled FROM quoted)
    SELECT ${cells.join(', ')} FROM parsed)`;
}

function objectOf(names: readonly string[], value: string): string {
  return literal(`{${names.map((name) => `"${name}":${value}`).join(',')}}`);
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
