import { DirectoryError } from '../../node/index.ts';
import { FormatError } from '../errors.ts';
import { importPeer } from '../peer.ts';
import { macros } from './exact.ts';

type DuckDB = typeof import('@duckdb/node-api');

/** What a query returns, by the name of the column. */
export type Row = Record<string, unknown>;

export type Query = (sql: string) => Promise<Row[]>;

export interface Place {
  signal: AbortSignal;
  directory: string;
  /** Where to put what does not fit into memory. */
  spill?: string;
}

/** Enough for the longest lines on a few cores. DuckDB would otherwise take most of the machine's memory. */
const MEMORY = '2GiB';

export function importDuckDB(purpose: string): Promise<DuckDB> {
  return importPeer<DuckDB>('@duckdb/node-api', purpose);
}

/**
 * Runs queries in a temporary database in UTC, without network access.
 *
 * @throws A {@link DirectoryError} if the disk is full or fails, {@link FormatError} for any other error of DuckDB
 */
export async function withDuckDB<T>(
  { DuckDBInstance }: DuckDB,
  { signal, directory, spill = '' }: Place,
  use: (query: Query) => Promise<T>,
): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    memory_limit: MEMORY,
    temp_directory: spill,
  });
  const connection = await instance.connect();
  const interrupt = () => connection.interrupt();
  signal.addEventListener('abort', interrupt);
  try {
    await connection.run(`SET TimeZone = 'UTC'; ${macros}`);
    return await use(async (sql) => {
      signal.throwIfAborted();
      try {
        return (await connection.runAndReadAll(sql)).getRowObjectsJson();
      } catch (error) {
        signal.throwIfAborted();
        const [problem = ''] = (error as Error).message.split('\n'); // What follows is the query.
        if (!problem.startsWith('IO Error')) throw new FormatError(`DuckDB: ${problem.slice(0, 300)}`);
        throw new DirectoryError(directory, `could not be written: ${problem}`);
      }
    });
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
