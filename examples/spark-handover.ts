// For a month that is too large for one machine: an existing Spark cluster reads the files itself. With `npm run mock`,
// use any command instead of spark-submit, as Spark only supports Azure Data Lake Storage, not the mock:
//
//   UNBILLED_USAGE_BASE_URL=http://127.0.0.1:4010/v1.0 GRAPH_ACCESS_TOKEN=any SPARK_SUBMIT=cat npx node examples/spark-handover.ts USD job.py
//
// In production, the arguments after the job's name are passed to spark-submit, which must use client mode:
//
//   npx node examples/spark-handover.ts USD job.py --master yarn --conf spark.executor.instances=20
//
// Spark 4.1 in a standalone cluster has run this job on files of the mock, without hadoop-azure, and its Parquet had each
// digit. In production, it needs Hadoop 3.4.1 or later with hadoop-azure, which no emulator can test. The job on disk contains no secret: the driver gets the SAS in
// its environment and passes it to the executors. The SAS expires after about an hour, so the files must be read by
// then.
//
// Databricks, Synapse and Fabric have no spark-submit that passes on an environment, and were not tested. There, set
// SPARK_SUBMIT to a script of your own. It stores $UNBILLED_USAGE_SAS as a secret, uploads the job and starts it, as a
// Python task of a job on Databricks (a cluster with dedicated access), or as a Spark job definition on the others. In the
// job, replace os.environ.pop("UNBILLED_USAGE_SAS") with dbutils.secrets.get(scope, key) on Databricks,
// mssparkutils.credentials.getSecret(vault, name) on Synapse, or notebookutils.credentials.getSecret(vault, name) on
// Fabric, and name a path of your lake in place of "unbilled_usage".
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createUnbilledUsageClient } from 'partner-unbilled-usage';

const [currencyCode = 'USD', job = 'job.py', ...options] = process.argv.slice(2);
const client = createUnbilledUsageClient({
  credential: () => process.env.GRAPH_ACCESS_TOKEN ?? '',
  baseUrl: process.env.UNBILLED_USAGE_BASE_URL,
});
const manifest = await client.waitForExport(await client.startExport({ currencyCode, billingPeriod: 'last' }));

// https://account.blob.core.windows.net/container/path is abfss://container@account.dfs.core.windows.net/path.
const { host: blobHost, pathname } = new URL(manifest.rootDirectory);
const host = blobHost.replace('.blob.', '.dfs.');
const [, container, ...path] = pathname.split('/');
const files = manifest.blobs.map(({ name }) => `abfss://${container}@${host}/${[...path, name].join('/')}`);

// Spark would infer doubles, so each attribute gets its type from the contract.
const contract = fileURLToPath(import.meta.resolve('partner-unbilled-usage/openapi.json'));
const { components } = JSON.parse(await readFile(contract, 'utf8'));
const schema = Object.entries<object>(components.schemas.UsageLineItem.properties).map(([name, property]) => {
  return `\`${name}\` ${JSON.stringify(property).includes('Decimal') ? 'DECIMAL(38, 22)' : 'STRING'}`;
});

// Texts are written as JSON, which is also valid Python.
const python = `import os

from pyspark.sql import SparkSession
from pyspark.sql.functions import coalesce, col

FILES = ${JSON.stringify(files, null, 4)}
SCHEMA = """${schema.join(',\n')}"""
STORAGE = ${JSON.stringify(host)}

# An amount without a value is an empty string, which Spark rejects without the second setting.
settings = {"spark.sql.caseSensitive": "true", "spark.sql.legacy.json.allowEmptyString.enabled": "true"}
spark = SparkSession.builder.appName("unbilled-usage").config(map=settings).getOrCreate()
storage = spark.sparkContext._jsc.hadoopConfiguration()
storage.set("fs.azure.account.auth.type." + STORAGE, "SAS")
storage.set("fs.azure.sas.fixed.token." + STORAGE, os.environ.pop("UNBILLED_USAGE_SAS"))

usage = spark.read.schema(SCHEMA).option("mode", "FAILFAST").json(FILES)
for name, other in ("BenefitId", "BenefitID"), ("BenefitOrderId", "BenefitOrderID"), ("ResourceURI", "ResourceUri"):
    usage = usage.withColumn(name, coalesce(col(name), col(other))).drop(other)
usage.write.mode("overwrite").parquet("unbilled_usage")
`;
await writeFile(job, python);
const child = spawn(process.env.SPARK_SUBMIT ?? 'spark-submit', [...options, job], {
  stdio: 'inherit',
  env: { ...process.env, UNBILLED_USAGE_SAS: manifest.sasToken },
});
const [code] = await once(child, 'close');
process.exitCode = code ?? 1;
