import { DuckDBInstance } from '@duckdb/node-api';

/** Returns the rows of a query in a new database. */
export async function query(sql: string): Promise<Record<string, string | null>[]> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  return (await connection.runAndReadAll(sql)).getRowObjectsJson() as Record<string, string | null>[];
}
