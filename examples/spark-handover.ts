// A month that outgrows one machine: an existing Spark cluster reads the files itself. Against `npm run mock`, with any
// command in the place of spark-submit (Spark itself speaks to Azure Data Lake Storage only, not to the emulator):
//
//   UNBILLED_USAGE_BASE_URL=http://127.0.0.1:4010/v1.0 GRAPH_ACCESS_TOKEN=any SPARK_SUBMIT=cat npx node examples/spark-handover.ts USD job.py
//
// For real, what follows the job's name goes to spark-submit, in client mode:
//
//   npx node examples/spark-handover.ts USD job.py --master yarn --conf spark.executor.instances=20
//
// It needs Hadoop 3.4.1 or later with hadoop-azure. The job on disk holds no secret: the SAS goes to the driver in its
// environment, and from there to the executors. It runs out after about an hour; by then the files have to be read.
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

// Spark would guess doubles: each attribute gets the type that the contract says.
const contract = fileURLToPath(import.meta.resolve('partner-unbilled-usage/openapi.json'));
const { components } = JSON.parse(await readFile(contract, 'utf8'));
const schema = Object.entries<object>(components.schemas.UsageLineItem.properties).map(([name, property]) => {
  return `\`${name}\` ${JSON.stringify(property).includes('Decimal') ? 'DECIMAL(38, 22)' : 'STRING'}`;
});

// Every text is written as JSON, which Python reads as its own.
const python = `import os

from pyspark.sql import SparkSession
from pyspark.sql.functions import coalesce, col

FILES = ${JSON.stringify(files, null, 4)}
SCHEMA = """${schema.join(',\n')}"""
STORAGE = ${JSON.stringify(host)}

# An amount without a value is an empty string; without the second setting, Spark takes that for a fault.
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
