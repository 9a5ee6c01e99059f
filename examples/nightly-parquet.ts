// A nightly job: the period's usage as Parquet, loaded into a table of a DuckDB file. Against `npm run mock`:
//
//   UNBILLED_USAGE_BASE_URL=http://127.0.0.1:4010/v1.0 GRAPH_ACCESS_TOKEN=any npx node examples/nightly-parquet.ts USD usage.duckdb exports
//
// Without the base URL it asks Microsoft Graph. A night that broke off is finished by running it again on the same day.
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
// The command of the package that is installed here; on a PATH it is just unbilled-usage.
const command = fileURLToPath(new URL('./cli/main.js', import.meta.resolve('partner-unbilled-usage')));
const { status, error } = spawnSync(process.execPath, [command, ...args], { stdio: 'inherit' });
if (error) throw error;
if (status === NO_DATA) process.exit(0); // Last night's table stays.
if (status !== 0) process.exit(status ?? 1);

const instance = await DuckDBInstance.create(database);
const connection = await instance.connect();
const parquet = join(directory, 'export.parquet').replaceAll("'", "''");
// Each export holds the whole period so far: the new table takes the place of the old one, or nothing happens.
await connection.run(`CREATE OR REPLACE TABLE unbilled_usage AS FROM read_parquet('${parquet}')`);
const total = await connection.runAndReadAll(
  'SELECT CustomerName, sum(BillingPreTaxTotal)::VARCHAR AS total FROM unbilled_usage GROUP BY ALL ORDER BY 1',
);
console.table(total.getRowObjectsJson());
connection.closeSync();
instance.closeSync();
