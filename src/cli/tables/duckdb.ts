import { DirectoryError } from '../../node/index.ts';
import { FormatError } from '../errors.ts';
import { importPeer } from '../peer.ts';

type DuckDB = typeof import('@duckdb/node-api');

export type Query = (sql: string) => Promise<Record<string, unknown>[]>;

export function importDuckDB(purpose: string): Promise<DuckDB> {
  return importPeer<DuckDB>('@duckdb/node-api', purpose);
}

/**
 * Runs queries in a temporary database without network access.
 *
 * @throws A {@link DirectoryError} for `path` if the disk is full or fails, {@link FormatError} for any other error of
 * DuckDB
 */
export async function withDuckDB<T>(
  { DuckDBInstance }: DuckDB,
  signal: AbortSignal,
  path: string,
  use: (query: Query) => Promise<T>,
): Promise<T> {
  const offline = { autoinstall_known_extensions: 'false', autoload_known_extensions: 'false' };
  const instance = await DuckDBInstance.create(':memory:', offline);
  const connection = await instance.connect();
  const interrupt = () => connection.interrupt();
  signal.addEventListener('abort', interrupt);
  try {
    signal.throwIfAborted();
    return await use(async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson());
  } catch (error) {
    signal.throwIfAborted();
    const [problem = ''] = (error as Error).message.split('\n'); // What follows is the query.
    if (!problem.startsWith('IO Error')) throw new FormatError(`DuckDB: ${problem}`);
    throw new DirectoryError(path, `could not be written: ${problem}`);
  } finally {
    signal.removeEventListener('abort', interrupt);
    connection.closeSync();
    instance.closeSync();
  }
}

/** Quotes a text for SQL. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * Returns the SQL that reads the rows of `writeRows`, with text in all columns. DuckDB must not take columns from the
 * path, which may look like a Hive partition.
 */
export function rowsIn(path: string, names: readonly string[], longest: number): string {
  const types = names.map((name) => `${literal(name)}: 'VARCHAR'`);
  const size = Math.max(longest, 16 * 1024 * 1024);
  return `read_json(${literal(path)}, format = 'newline_delimited', columns = {${types.join(', ')}}, hive_partitioning = false, maximum_object_size = ${size})`;
}
