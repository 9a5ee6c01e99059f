import { DuckDBInstance } from '@duckdb/node-api';

/** The rows of a query, in a database of its own. */
export async function query(sql: string): Promise<Record<string, string | null>[]> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  return (await connection.runAndReadAll(sql)).getRowObjectsJson() as Record<string, string | null>[];
}
