import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { columns } from '../../src/cli/tables/columns.ts';
import { contest, timed } from '../contest.ts';
import type { Finding } from '../finding.ts';
import type { Bench } from '../row.ts';
import { measuredBy, nodeTime } from '../run.ts';

const WHAT = 'several blobs, all cores';

/** Tells DuckDB the columns, which it would otherwise have to detect. This is its fastest way to read all values. */
const types = Object.keys(columns).map((name) => `'${name}': 'VARCHAR'`);
const rowsOf = (folder: string) =>
  `read_json('${folder}/*.gz', format = 'newline_delimited', columns = {${types.join(', ')}})`;
const duckdb = (sql: string) => timed(() => measuredBy('duckdb.js', sql));

/** The parts of `export.json` that matter here. */
interface Stored {
  handle?: object;
  blobs: Record<string, { done?: object }>;
}

async function changeState(directory: string, change: (state: Stored) => void): Promise<void> {
  const path = join(directory, 'export.json');
  const state = JSON.parse(await readFile(path, 'utf8'));
  change(state);
  await writeFile(path, JSON.stringify(state));
}

/** Measures 4 blobs in a folder, as after a finished download. */
export async function* row({ library, storage, smoke }: Bench): AsyncGenerator<Finding> {
  const client = library.index.createUnbilledUsageClient({ credential: 'bench-token', baseUrl: storage.url });
  const rounds = smoke ? 1 : 7;
  await using temporary = await mkdtempDisposable(join(tmpdir(), 'unbilled-usage-bench-'));

  const read = join(temporary.path, 'read');
  const { manifest } = await storage.export('mixed', 10, 4);
  const download = () => library.node.downloadExport(client, manifest, { directory: read });
  await download();
  const times = await contest(rounds, {
    lines: () => nodeTime([library.command, 'lines', read]),
    verification: async () => {
      // As after a run that was killed before it could record its verified blobs.
      await changeState(read, ({ blobs }) => {
        for (const blob of Object.values(blobs)) delete blob.done;
      });
      return timed(download);
    },
    duckdb: () => duckdb(`SELECT count(COLUMNS(*)) FROM ${rowsOf(read)}`),
  });
  const beside = "DuckDB's `read_json`, every column";
  const common = { unit: 'ms', measure: 'ours ÷ theirs' } as const;
  const reading = { ...common, beside, theirs: times.duckdb };
  yield { ...reading, what: `${WHAT}: \`lines\``, ours: times.lines, must: ['≤', 1] };
  yield { ...reading, what: `${WHAT}: verification`, ours: times.verification };

  const converted = join(temporary.path, 'converted');
  const small = await storage.export('mixed', 2, 4);
  await library.node.downloadExport(client, small.manifest, { directory: converted });
  await changeState(converted, (state) => {
    state.handle = { operationId: 'bench', location: `${storage.url}/operations/bench` };
  });
  const copy = `COPY (FROM read_json('${converted}/*.gz')) TO '${converted}/copy.parquet' (FORMAT parquet, COMPRESSION zstd)`;
  const { ours, theirs } = await contest(rounds, {
    ours: () => nodeTime([library.command, 'resume', converted, '--format', 'parquet', '--quiet']),
    theirs: () => duckdb(copy),
  });
  const inexact = "DuckDB's `COPY` of `read_json`, inexact";
  yield { ...common, what: `${WHAT}: to Parquet, exact`, beside: inexact, ours, theirs, must: ['≤', 1.5] };
}
