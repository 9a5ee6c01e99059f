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
 * DuckDB reads numbers as doubles, so each becomes a string first. In a usual line, that is fast: it has the names of the
 * first line, once each, and only texts and numbers. In any other line, numbers can be anywhere, so they get a mark.
 */
export async function lineItemsIn(
  query: Query,
  files: readonly StoredFile[],
  names: readonly string[],
): Promise<string> {
  const readers = await readersOf(files);
  const usual = await usualNames(query, readers);
  const unknown = usual.filter((name) => !known.includes(name) && !others.includes(name));
  /** The types of other attributes, which keep them. */
  const kinds = unknown.length > 0 ? `json_type(line, ${list(unknown.map((name) => `$.${name}`))})` : '[]';
  const usualConditions = [
    // As many strings as names, and each name has one.
    `types = ${list(usual.map(() => 'VARCHAR'))}`,
    ...usual.map((name) => `item."${name}" IS NOT NULL`),
    String.raw`NOT regexp_matches(line, ',\s*}$')`,
  ];
  const usualCell = (column: string) => {
    const [name] = column === OTHER ? [] : usual.filter((each) => (spellings[each] ?? each) === column);
    if (column === OTHER && unknown.length > 0) {
      const members = unknown.map((each, i) => {
        const json = `WHEN 'VARCHAR' THEN to_json(item."${each}")::VARCHAR WHEN 'NULL' THEN 'null' ELSE item."${each}"`;
        return `'"${each}":' || CASE kinds[${i + 1}] ${json} END`;
      });
      return `'{' || ${members.join(" || ',' || ")} || '}'`;
    }
    return name === undefined ? 'NULL' : `item."${name}"`;
  };

  const mark = `number ${crypto.randomUUID()} `;
  const marked = `replace(regexp_replace(line, '(${STRING})|(${NUMBER})', '\\1"${mark}\\2"', 'g'), '"${mark}"', '')`;
  const unmarked = (json: string) =>
    `CASE WHEN contains(${json}, '${mark}') THEN regexp_replace(${json}, '"?${mark}([0-9.eE+-]*)"?', '\\1', 'g') ELSE ${json} END`;
  const value = (name: string) =>
    `nullif(${unmarked(`${others.includes(name) ? 'respelled' : 'general'}.${name}`)}, '')`;
  const generalCell = (column: string) => {
    if (column === OTHER) return `nullif(${unmarked('rest')}, '{}')`;
    return `coalesce(${[column, ...others.filter((other) => spellings[other] === column)].map(value).join(', ')})`;
  };
  // The documented spelling wins; another value of another spelling is not lost.
  const lost = others.map((name) => `CASE WHEN ${value(name)} <> ${value(`${spellings[name]}`)} THEN '${name}' END`);
  const isOther = `entry.key NOT IN ${list([...known, ...others])} OR list_contains(lost, entry.key)`;
  const rest = `to_json(map_from_entries(list_filter(map_entries(map), lambda entry: ${isOther})))::VARCHAR`;
  const structOf = (cell: (column: string) => string) =>
    `{${names.map((name) => `${name}: (${cell(name)})::VARCHAR`).join(', ')}}`;

  return `(
    WITH lines AS (SELECT line, regexp_replace(line, '${MEMBER}', '":"\\1"\\2', 'g') AS text
      FROM (SELECT json::VARCHAR AS line FROM (${readers.join(' UNION ALL ')}))),
    parsed AS (SELECT line, from_json(text, ${templateOf(usual.length > 0 ? usual : known)}) AS item,
      json_type(text, '$.*') AS types, ${kinds} AS kinds FROM lines),
    checked AS (SELECT *, ${usual.length > 0 ? usualConditions.join(' AND ') : 'false'} AS is_usual FROM parsed),
    marked AS (SELECT *, CASE
      WHEN is_usual THEN NULL
      WHEN json_type(line) <> 'OBJECT' OR list_unique(json_keys(line)) <> len(json_keys(line))
        OR regexp_matches(regexp_replace(line, '${STRING}', '""', 'g'), '${NOT_JSON}') THEN error('')
      ELSE ${marked} END AS marked FROM checked),
    general AS (SELECT *, from_json(marked, ${templateOf([...new Set([...names, ...Object.values(spellings)])])}) AS general,
      from_json(marked, ${templateOf(others)}) AS respelled FROM marked),
    mapped AS (SELECT *, ${names.includes(OTHER) ? `[${lost.join(', ')}]` : '[]'} AS lost,
      CASE WHEN marked IS NOT NULL THEN marked::JSON::MAP(VARCHAR, JSON) END AS map FROM general),
    rested AS (SELECT *, CASE WHEN map IS NOT NULL THEN ${rest} END AS rest FROM mapped),
    items AS (SELECT CASE WHEN is_usual THEN ${structOf(usualCell)} ELSE ${structOf(generalCell)} END AS item FROM rested)
    SELECT ${names.map((name) => `nullif(item.${name}, '') AS ${name}`).join(', ')} FROM items)`;
}

/** Returns the names of the first line, if they are words that DuckDB, which ignores their case, can tell apart. */
async function usualNames(query: Query, readers: readonly string[]): Promise<string[]> {
  const [first] = await query(`SELECT json_keys(json) AS keys FROM (${readers[0]}) LIMIT 1`);
  const names = (first?.keys ?? []) as string[];
  const isUsual =
    names.every((name) => /^\w+$/.test(name)) && new Set(names.map((name) => name.toLowerCase())).size === names.length;
  return isUsual ? names : [];
}

function templateOf(names: readonly string[]): string {
  return literal(`{${names.map((name) => `"${name}":"VARCHAR"`).join(',')}}`);
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
