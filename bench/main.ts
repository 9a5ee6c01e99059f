import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Finding, isReached, type Skipped } from './finding.ts';
import { importLibrary } from './library.ts';
import { describeMachine } from './machine.ts';
import { INSTALL, isInstalled, peers } from './peers.ts';
import type { Row } from './row.ts';
import { row as bundle } from './rows/bundle.ts';
import { row as download } from './rows/download.ts';
import { row as firstItem } from './rows/first-item.ts';
import { row as getExport } from './rows/get-export.ts';
import { row as manyBlobs } from './rows/many-blobs.ts';
import { row as memory } from './rows/memory.ts';
import { row as numbers } from './rows/numbers.ts';
import { row as reading } from './rows/reading.ts';
import { row as start } from './rows/start.ts';
import { startStorage } from './storage.ts';
import { table } from './table.ts';

const rows: Record<string, Row> = {
  'get-export': getExport,
  bundle,
  reading,
  numbers,
  memory,
  'first-item': firstItem,
  download,
  'many-blobs': manyBlobs,
  start,
};

const USAGE = `Usage: npm run bench -- [OPTIONS]

Measures the library and its alternatives, prints a table, and writes it to docs/benchmarks.md and
reports/bench.json. With --only or --smoke, writes only reports/bench-only.json or bench-smoke.json.
Exits with 1 if a row misses its target.

Options:
  --only ROW   one of ${Object.keys(rows).join(', ')}; may be repeated
  --big        read 10 GB for the memory row instead of 1 GB
  --smoke      run all rows with little data in seconds, to test the bench itself
`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    big: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const { smoke, big, help, only = Object.keys(rows) } = values;
if (help) {
  process.stdout.write(USAGE);
  process.exit();
}
const unknown = only.filter((name) => !Object.hasOwn(rows, name));
if (unknown.length) refuse(`There is no row ${unknown.join(', ')}.\n\n${USAGE}`);

const machine = await describeMachine();
const absent = Object.keys(peers).filter((name) => !isInstalled(name));
if (!smoke && absent.length) refuse(`Not installed: ${absent.join(', ')}. First run: ${INSTALL}`);
if (!smoke && !machine.curl) refuse('curl is not installed.');
const library = await importLibrary(smoke).catch((error) => refuse(error.message));

const date = new Date().toISOString();
const findings: (Finding | Skipped)[] = [];
await using storage = await startStorage(smoke);
for (const name of only) {
  process.stderr.write(`${name} …\n`);
  const bench = { library, storage, curl: machine.curl, smoke, big };
  for await (const finding of rows[name]?.(bench) ?? []) findings.push(finding);
}

if (smoke) console.log('A smoke run: one round with little data, so these numbers mean nothing.\n');
const tools = { 'Node.js': machine.node, curl: machine.curl, ...peers };
const versions = Object.entries(tools).map(([name, version]) => `${name} ${version}`);
const place = `Measured on ${date.slice(0, 10)} on ${machine.cores} × ${machine.cpu}, with ${versions.join(', ')}.`;
const results = `${table(findings, smoke)}\n\n${place}`;
console.log(results);
if (!smoke && !values.only) {
  const page = new URL('../docs/benchmarks.md', import.meta.url);
  const between = /(?<=<!-- results -->\n).*(?=\n<!-- end -->)/s;
  writeFileSync(
    page,
    readFileSync(page, 'utf8').replace(between, () => results),
  );
}
const extent = smoke ? '-smoke' : values.only ? '-only' : '';
const report = new URL(`../reports/bench${extent}.json`, import.meta.url);
mkdirSync(new URL('.', report), { recursive: true });
writeFileSync(report, `${JSON.stringify({ date, smoke, big, machine, peers, findings }, undefined, 2)}\n`);
if (!smoke && findings.some((finding) => 'must' in finding && !isReached(finding))) process.exitCode = 1;

function refuse(problem: string): never {
  console.error(problem);
  process.exit(2);
}
