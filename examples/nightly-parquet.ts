// A nightly job that exports the usage of the period as Parquet and loads it into a DuckDB file. With `npm run mock`:
//
//   UNBILLED_USAGE_BASE_URL=http://127.0.0.1:4010/v1.0 GRAPH_ACCESS_TOKEN=any npx node examples/nightly-parquet.ts USD usage.duckdb exports
//
// Without the base URL, it uses Microsoft Graph. After an interruption, run it again on the same day to finish.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';

const NO_DATA = 3;

const [currency = 'USD', database = 'usage.duckdb', exports = 'exports'] = process.argv.slice(2);
mkdirSync(exports, { recursive: true });
const directory = join(exports, `${currency}-${new Date().toISOString().slice(0, 10)}`);

const what = existsSync(join(directory, 'export.json'))
  ? ['resume', directory]
  : ['export', '--currency', currency, '--period', 'current', '--out', directory];
const baseUrl = process.env.UNBILLED_USAGE_BASE_URL;
const args = [...what, '--format', 'parquet', ...(baseUrl ? ['--base-url', baseUrl] : [])];
// The command of the installed package. On your PATH, it is just unbilled-usage.
const command = fileURLToPath(new URL('./cli/main.js', import.meta.resolve('partner-unbilled-usage')));
const { status, error } = spawnSync(process.execPath, [command, ...args], { stdio: 'inherit' });
if (error) throw error;
if (status === NO_DATA) process.exit(0); // Keeps last night's table.
if (status !== 0) process.exit(status ?? 1);

const instance = await DuckDBInstance.create(database);
const connection = await instance.connect();
const parquet = join(directory, 'export.parquet').replaceAll("'", "''");
// Each export contains the whole period up to now, so the new table replaces the old one in a single step.
await connection.run(`CREATE OR REPLACE TABLE unbilled_usage AS FROM read_parquet('${parquet}')`);
const total = await connection.runAndReadAll(
  'SELECT CustomerName, sum(BillingPreTaxTotal)::VARCHAR AS total FROM unbilled_usage GROUP BY ALL ORDER BY 1',
);
console.table(total.getRowObjectsJson());
connection.closeSync();
instance.closeSync();
