import { FormatError } from './format-error.ts';
import { importPeer } from './peer.ts';

type DuckDB = typeof import('@duckdb/node-api');

export type Query = (sql: string) => Promise<Record<string, unknown>[]>;

export function importDuckDB(purpose: string): Promise<DuckDB> {
  return importPeer<DuckDB>('@duckdb/node-api', purpose);
}

/** Runs queries in a database of its own, which is gone afterwards. It takes nothing from the network. */
export async function withDuckDB<T>(
  { DuckDBInstance }: DuckDB,
  signal: AbortSignal,
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
    // What follows the first line is the query.
    throw new FormatError(`DuckDB: ${(error as Error).message.split('\n')[0]}`);
  } finally {
    signal.removeEventListener('abort', interrupt);
    connection.closeSync();
    instance.closeSync();
  }
}

/** A path or any text as SQL writes it. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The rows that `writeRows` has written, all columns text. */
export function rowsIn(path: string, names: readonly string[]): string {
  const types = names.map((name) => `${literal(name)}: 'VARCHAR'`);
  return `read_json(${literal(path)}, format = 'newline_delimited', columns = {${types.join(', ')}})`;
}
