import { DuckDBInstance } from '@duckdb/node-api';

/** Runs one statement with all cores in a separate process. */
const connection = await (await DuckDBInstance.create(':memory:')).connect();
const reader = await connection.runAndReadAll(process.argv[2]);
console.log(JSON.stringify(reader.getRowsJson()));
