import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { sampleBlobs } from '../../spec/build/sample-blobs.ts';
import { partnerMonth, toLine } from '../kit/mock/partner-month.ts';
import { startMock } from '../kit/mock/start-mock.ts';
import { hasOpenssl, newCertificate } from '../support/certificate.ts';
import { leaksIn, noteSas } from '../support/leaks.ts';
import { fixturesOnFreePorts, type MockProcess, startMockProcess } from '../support/mock-process.ts';
import { directFetch } from '../support/observe.setup.ts';
import { emptyDirectory } from '../support/play.ts';
import { type Outcome, runProgram } from '../support/run-program.ts';
import { startTokenService } from '../support/token-service.ts';

const stored = sampleBlobs()
  .map(({ lines }) => lines)
  .join('');
/** Returns each number as written. */
const exact = (_: string, value: unknown, { source }: { source: string }) =>
  typeof value === 'number' ? source : value;
const items: Record<string, string>[] = stored
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line, exact as Parameters<typeof JSON.parse>[1]));

let mock: MockProcess;
beforeAll(async () => {
  mock = await startMockProcess('npm', 'run', 'mock', '--', ...fixturesOnFreePorts);
}, 60_000);
afterAll(() => mock?.end('SIGTERM', 'all'));

/** Runs an example from the root of the repository, like the command in its first lines. */
async function example(name: string, args: string[], env: Record<string, string> = {}): Promise<Outcome> {
  const settings = { UNBILLED_USAGE_BASE_URL: `${mock.url}/v1.0`, GRAPH_ACCESS_TOKEN: 'test-token' };
  return runProgram('node', [`examples/${name}`, ...args], { env: { ...process.env, ...settings, ...env } });
}

describe('the examples', { timeout: 120_000 }, () => {
  it('are all tested here, and begin with the command that runs them', async () => {
    const examples = [
      'certificate',
      'first-run',
      'nightly-parquet',
      'postgres-copy',
      'spark-handover',
      'two-step/finish',
      'two-step/start',
    ];
    const files = (await readdir('examples', { recursive: true })).filter((name) => name.includes('.'));
    expect(files.sort()).toEqual(examples.map((name) => `${name}.ts`));
    for (const name of files) {
      const [head = ''] = (await readFile(`examples/${name}`, 'utf8')).split('\nimport ');
      expect(head).toMatch(new RegExp(`^//  .*npx node examples/${name}`, 'm'));
    }
  });

  it('nightly-parquet fills a DuckDB file, even twice on the same day', async () => {
    // Uses a generated month, because the fixtures write amounts in many ways.
    const month = [...partnerMonth(50)];
    const monthly = await startMock({ lines: month.map(toLine) });
    onTestFinished(monthly.close);
    const folder = await emptyDirectory();
    const database = join(folder, "month's.duckdb");
    for (const night of ['first', 'second']) {
      const args = ['USD', database, join(folder, "month's exports")];
      const outcome = await example('nightly-parquet.ts', args, { UNBILLED_USAGE_BASE_URL: monthly.baseUrl });
      expect({ night, ...outcome }).toMatchObject({ code: 0, stdout: expect.stringContaining('Contoso Ltd.') });
    }
    const connection = await (await DuckDBInstance.create(database)).connect();
    const query = 'SELECT CustomerId, CAST(BillingPreTaxTotal AS VARCHAR) AS total FROM unbilled_usage';
    const rows = (await connection.runAndReadAll(query)).getRowObjectsJson();
    connection.closeSync();
    const padded = (amount = '') => amount.replace(/\.\d+$/, (places) => places.padEnd(23, '0'));
    expect(rows).toEqual(
      month.map(({ CustomerId, BillingPreTaxTotal }) => ({ CustomerId, total: padded(BillingPreTaxTotal) })),
    );
  });

  it('two-step finishes an export that another process started', async () => {
    const folder = await emptyDirectory();
    const [handle, directory] = [join(folder, 'handle.json'), join(folder, 'export')];
    expect(await example('two-step/start.ts', [handle])).toMatchObject({ code: 0, stderr: '' });
    expect(await example('two-step/finish.ts', [handle, directory])).toMatchObject({ code: 0, stderr: '' });
    const files = sampleBlobs().map(async ({ name }) => gunzipSync(await readFile(join(directory, name))).toString());
    expect((await Promise.all(files)).join('')).toBe(stored);
  });

  it('certificate names the variables that it needs', async () => {
    const outcome = await example('certificate.ts', [], { AZURE_TENANT_ID: '' });
    expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining('AZURE_CLIENT_CERTIFICATE_PATH') });
  });

  it.skipIf(!hasOpenssl)('certificate gets its token with a signature (needs openssl)', async () => {
    const folder = await emptyDirectory();
    const [own, foreign] = await Promise.all([newCertificate(folder, 'own'), newCertificate(folder, 'foreign')]);
    const entra = await startTokenService(await readFile(own, 'utf8'), 'test-token');
    onTestFinished(entra.close);
    const settings = {
      AZURE_TENANT_ID: 'adfs',
      AZURE_CLIENT_ID: '6d1a2f0e-5d3c-4b8e-9a57-0c1d2e3f4a5b',
      AZURE_AUTHORITY_HOST: entra.url,
      NODE_EXTRA_CA_CERTS: own,
      GRAPH_ACCESS_TOKEN: '',
    };
    const read = await example('certificate.ts', [], { ...settings, AZURE_CLIENT_CERTIFICATE_PATH: own });
    expect(read).toMatchObject({ code: 0, stderr: '' });
    expect(
      read.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(items);
    expect(Object.fromEntries(entra.requests[0] ?? [])).toMatchObject({
      client_id: settings.AZURE_CLIENT_ID,
      grant_type: 'client_credentials',
      scope: 'https://graph.microsoft.com/.default',
    });

    const refused = await example('certificate.ts', [], { ...settings, AZURE_CLIENT_CERTIFICATE_PATH: foreign });
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('The signature is wrong.') });
  });

  it('postgres-copy writes COPY rows that contain the stored values', async () => {
    const { code, stdout, stderr } = await example('postgres-copy.ts', ['USD']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [, names = '', body = ''] =
      /^COPY unbilled_usage \((.*)\) FROM STDIN;\n([\s\S]*)\n\\\.\nCOMMIT;\n$/m.exec(stdout) ?? [];
    expect(names.split(', ')).toContain('additional_info');
    const unescaped: Record<string, string> = { t: '\t', n: '\n', r: '\r' };
    const rows = body
      .split('\n')
      .map((line) =>
        line.split('\t').map((cell) => (cell === '\\N' ? '' : cell.replace(/\\(.)/g, (_, c) => unescaped[c] ?? c))),
      );
    const texts = (attributes: string[]) => items.map((item) => attributes.map((name) => item[name] ?? ''));
    expect(rows.map((row) => [row[0], row[1], row[6], row[10], row[11]])).toEqual(
      texts(['CustomerId', 'CustomerName', 'Quantity', 'Tags', 'AdditionalInfo']),
    );
  });

  it('spark-handover passes the files, their types and the SAS to the cluster, and stores the SAS in no file', async () => {
    const folder = await emptyDirectory();
    const [job, spark] = [join(folder, 'job.py'), join(folder, 'spark-submit')];
    // Instead of Spark, a recorder runs the job, after a syntax check.
    await mkdir(join(folder, 'pyspark/sql'), { recursive: true });
    await writeFile(join(folder, 'pyspark/__init__.py'), '');
    await writeFile(join(folder, 'pyspark/sql/functions.py'), 'col = str\ndef coalesce(*names): return names\n');
    await writeFile(join(folder, 'pyspark/sql/__init__.py'), RECORDER);
    await writeFile(spark, '#!/bin/sh\nset -e\necho "$*"\npython3 -m py_compile job.py\nPYTHONPATH=. python3 job.py\n');
    await chmod(spark, 0o755);

    const wrapper = join(folder, 'run.sh');
    await writeFile(wrapper, `#!/bin/sh\ncd '${folder}' && exec ./spark-submit "$@"\n`);
    await chmod(wrapper, 0o755);
    const { code, stdout, stderr } = await example('spark-handover.ts', ['USD', job, '--master', 'local'], {
      SPARK_SUBMIT: wrapper,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [args, ...recorded] = stdout.trimEnd().split('\n');
    expect(args).toBe(`--master local ${job}`);
    const calls: [string, ...string[]][] = recorded.map((line) => JSON.parse(line));
    const callsOf = (name: string) => calls.filter(([what]) => what === name).map(([, ...args]) => args);

    const [[type, sas] = []] = [callsOf('set').map(([, value]) => value ?? '')];
    expect(type).toBe('SAS');
    noteSas(`${sas}`);
    expect(leaksIn(`${sas}`)).not.toEqual([]);
    // Converts the addresses back to those of the mock's storage, and downloads the files with the SAS.
    const files = callsOf('json')[0]?.[0] as unknown as string[];
    const lines = files.map(async (file) => {
      const [, container, host, path] = /^abfss:\/\/([^@]+)@([^/]+)\/(.+)$/.exec(file) ?? [];
      const answer = await directFetch(`http://${host}/${container}/${path}?${sas}`);
      return gunzipSync(Buffer.from(await answer.arrayBuffer())).toString();
    });
    expect((await Promise.all(lines)).join('')).toBe(stored);
    const schema = callsOf('schema')[0]?.[0] ?? '';
    for (const [name, value] of Object.entries(JSON.parse(stored.split('\n')[0] ?? ''))) {
      expect(schema).toContain(`\`${name}\` ${typeof value === 'number' ? 'DECIMAL(38, 22)' : 'STRING'}`);
    }
  });
});

/** Prints the calls of the job as lines of JSON. */
const RECORDER = `
import json
class Recorder:
    def __getattr__(self, name):
        def call(*args, **named):
            print(json.dumps([name, *args]), flush=True)
            return self
        return self if name in ("builder", "sparkContext", "_jsc", "read", "write") else call
SparkSession = Recorder()
`;
