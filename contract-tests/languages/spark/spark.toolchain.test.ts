import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { startMock } from '../../kit/mock/start-mock.ts';
import { runProgram } from '../../support/run-program.ts';
import { PIP, PYTHON } from '../language.ts';
import { installToolchain, type Toolchain } from '../toolchain.ts';
import { startCluster } from './cluster.ts';

// The job of examples/spark-handover.ts on a real cluster. Spark reads the blobs from disk: hadoop-azure, which reads them
// from Azure Data Lake Storage in production, has no emulator to speak to.

let toolchain: Toolchain;
beforeAll(async () => {
  const needs = { 'java -version': /version "(1[7-9]|[2-9]\d)[."]/, ...PYTHON };
  toolchain = await installToolchain({ name: 'Spark', needs, locks: ['spark/requirements.txt'], install: PIP });
  if (toolchain.missing) console.warn(`Skipped: Spark ${toolchain.missing}`);
}, 900_000);

it('Spark and our command make the same Parquet from an export', { timeout: 900_000 }, async ({ skip }) => {
  if (toolchain.missing) skip(toolchain.missing);
  const folder = await mkdtemp(join(tmpdir(), 'spark-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const { baseUrl, close } = await startMock({ items: 20_000, blobs: 4 });
  onTestFinished(close);
  const env = {
    ...toolchain.env,
    GRAPH_ACCESS_TOKEN: 'any',
    UNBILLED_USAGE_BASE_URL: baseUrl,
    SPARK_LOCAL_IP: '127.0.0.1',
  };

  const blobs = join(folder, 'blobs');
  const ours = [
    'src/cli/main.ts',
    'export',
    '--currency',
    'USD',
    '--period',
    'last',
    '--format',
    'parquet',
    '--out',
    blobs,
  ];
  const exported = await runProgram('node', [...ours, '--base-url', baseUrl, '--quiet'], { env });
  expect(exported).toMatchObject({ code: 0, stderr: '' });
  await splitIntoMembers(join(blobs, (await readdir(blobs)).find((name) => name.endsWith('.gz')) ?? ''));

  const cluster = await startCluster(env, join(folder, 'work'));
  onTestFinished(cluster.close);
  const events = join(folder, 'events');
  await mkdir(events);
  const submit = join(folder, 'submit.sh');
  await writeFile(
    submit,
    `#!/bin/sh
set -e
cd '${folder}'
sed -i 's#"abfss://.*/#"file://${blobs}/#' job.py
exec spark-submit --conf spark.eventLog.enabled=true --conf spark.eventLog.compress=false --conf 'spark.eventLog.dir=file://${events}' "$@"
`,
  );
  await chmod(submit, 0o755);
  const handover = ['examples/spark-handover.ts', 'USD', join(folder, 'job.py'), '--master', cluster.url];
  const submitted = await runProgram('node', handover, { env: { ...env, SPARK_SUBMIT: submit } });
  expect(submitted.code, submitted.stderr.slice(-4_000)).toBe(0);

  expect(await differences(join(blobs, '*.parquet'), join(folder, 'unbilled_usage/*.parquet'))).toEqual([20_000, 0, 0]);
  expect(await executors(events)).toEqual(['0', '1']);
});

/** Compresses a blob again, as three gzip members. */
async function splitIntoMembers(file: string): Promise<void> {
  const lines = gunzipSync(await readFile(file))
    .toString()
    .split(/(?<=\n)/);
  const members = [lines.slice(0, 1), lines.slice(1, 1_000), lines.slice(1_000)];
  await writeFile(file, Buffer.concat(members.map((part) => gzipSync(part.join('')))));
}

/** Returns the number of rows of the first files, and how many rows only the first or only the second files have. */
async function differences(ours: string, theirs: string): Promise<number[]> {
  const connection = await (await DuckDBInstance.create()).connect();
  const rowsOf = async (query: string) => (await connection.runAndReadAll(query)).getRowsJson() as string[][];
  // Our column `Other` has the attributes that the contract does not know.
  const columns = await rowsOf(
    `SELECT column_name, column_type FROM (DESCRIBE FROM '${ours}') WHERE column_name <> 'Other' ORDER BY 1`,
  );
  const theirColumns = await rowsOf(`SELECT column_name FROM (DESCRIBE FROM '${theirs}') ORDER BY 1`);
  expect(theirColumns.flat()).toEqual(columns.map(([name]) => name));
  const cells = columns.map(([name, type]) => `CAST(nullif(CAST("${name}" AS VARCHAR), '') AS ${type})`).join(', ');
  const counts = await rowsOf(`
    WITH ours AS (SELECT ${cells} FROM '${ours}'), theirs AS (SELECT ${cells} FROM '${theirs}')
    SELECT (SELECT count(*) FROM ours),
      (SELECT count(*) FROM (FROM ours EXCEPT ALL FROM theirs)),
      (SELECT count(*) FROM (FROM theirs EXCEPT ALL FROM ours))`);
  connection.closeSync();
  return (counts[0] ?? []).map(Number);
}

/** Returns the executors that read line items, one on each worker. */
async function executors(events: string): Promise<string[]> {
  const found = new Set<string>();
  for (const entry of await readdir(events, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    for (const line of (await readFile(join(entry.parentPath, entry.name), 'utf8')).split('\n')) {
      if (!line.startsWith('{"Event":"SparkListenerTaskEnd"')) continue;
      const { 'Task Info': task, 'Task Metrics': metrics } = JSON.parse(line);
      if (metrics['Input Metrics']['Records Read'] > 0) found.add(task['Executor ID']);
    }
  }
  return [...found].sort();
}
