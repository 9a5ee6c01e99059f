import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, it } from 'vitest';
import { partnerMonth, toBlob } from '../kit/mock/partner-month.ts';
import { exportArgs, newDirectory, runProcess as run, start } from '../support/command.ts';
import { example, handle, scripted } from '../support/play.ts';
import type { Outcome } from '../support/run-program.ts';
import type { ReceivedRequest, ScriptedServer } from '../support/scripted-server.ts';

const SEQUENCES = 200;
const AT_ONCE = 3;

/** Two versions of the data. Each export contains one of them. */
const month = [...partnerMonth(120)];
const versions = ['one', 'two'].map((eTag, i) => {
  const items = i === 0 ? month.slice(0, 70) : month.slice(50);
  const names = [0, 1, 2].map((n) => `part-${n}.gz`);
  const blobs = Object.fromEntries(names.map((name, n) => [name, toBlob(items.filter((_, at) => at % 3 === n))]));
  const lines = Object.values(blobs).map((blob) => `${gunzipSync(blob)}`);
  return { eTag, items, blobs, lines: lines.join('') };
});

/** Starts a service that exports the versions in turn and sends each blob in pieces. */
function startService(): Promise<ScriptedServer> {
  let posts = 0;
  const service = scripted(async ({ method, url, headers }: ReceivedRequest, response) => {
    const origin = `http://${headers.host}`;
    if (method === 'POST') {
      const location = handle.location.replace(handle.operationId, `version-${posts++ % versions.length}`);
      return response.writeHead(202, { location }).end();
    }
    const { blobs, eTag } = versions[Number(/version-(\d)/.exec(url)?.[1])] ?? { blobs: {}, eTag: '' };
    const blob = Object.entries(blobs).find(([name]) => url.includes(name))?.[1];
    if (!blob) {
      const manifest = {
        eTag,
        rootDirectory: `${origin}/version-${eTag === 'one' ? 0 : 1}`,
        sasToken: 'sp=rl',
        blobs: Object.keys(blobs).map((name) => ({ name })),
      };
      return response.end(JSON.stringify(example('succeededEmbedded', { resourceLocation: manifest })));
    }
    const from = Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0);
    const range = from && { 'content-range': `bytes ${from}-${blob.length - 1}/${blob.length}` };
    const etag = `"${eTag}"`;
    if ((headers['if-match'] ?? etag) !== etag) return response.writeHead(412).end();
    if (range && from >= blob.length)
      return response.writeHead(416, { 'content-range': `bytes */${blob.length}` }).end();
    response.writeHead(from ? 206 : 200, { etag, 'content-length': blob.length - from, ...range });
    for (let at = from; at < blob.length; at += 400) {
      response.write(blob.subarray(at, at + 400));
      await new Promise((resolve) => setImmediate(resolve));
    }
    return response.end();
  });
  return service;
}

const pick = <T>(of: readonly T[]): T => of[randomInt(of.length)] as T;

/** Runs a command, and may interrupt or kill it at any moment. */
async function runDisturbed(args: string[]): Promise<Outcome & { args: string[] }> {
  const { child, end } = start(args);
  const signal = pick([undefined, undefined, 'SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const);
  const timer = signal && setTimeout(() => child.kill(signal), randomInt(500));
  return { args, ...(await end.finally(() => clearTimeout(timer))) };
}

function randomCommand(service: ScriptedServer, directory: string): string[] {
  const format = pick([[], ['--format', 'jsonl'], ['--format', 'csv'], ['--format', 'parquet']]);
  const restart = pick([[], [], [], ['--restart']]);
  const resume = ['resume', directory, '--base-url', `${service.url}/v1.0`, ...format, ...restart];
  const fresh = exportArgs(service, directory, ...format, ...restart);
  return pick([fresh, fresh, resume, resume, resume, ['lines', directory], ['summary', directory, '--json']]);
}

async function cells(file: string): Promise<string[]> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const source = file.endsWith('csv') ? `read_csv('${file}', all_varchar = true)` : `'${file}'`;
  const reader = await connection.runAndReadAll(
    `SELECT ResourceURI || '|' || rtrim(BillingPreTaxTotal::VARCHAR, '0') AS cell FROM ${source}`,
  );
  return reader.getRowObjectsJson().map(({ cell }) => String(cell));
}

/** Checks that each file with a final name is complete and of one version, by its bytes or its cells. */
async function expectWhole(directory: string): Promise<void> {
  if (!existsSync(directory)) return;
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    if (name.startsWith('part-') && !name.endsWith('.partial')) {
      const bytes = await readFile(path);
      expect(
        versions.some(({ blobs }) => bytes.equals(blobs[name] ?? bytes.subarray(1))),
        name,
      ).toBe(true);
    } else if (name === 'export.jsonl') {
      expect(versions.map(({ lines }) => lines)).toContain(await readFile(path, 'utf8'));
    } else if (name === 'export.csv' || name === 'export.parquet') {
      const expected = versions.map(({ items }) =>
        items.map((item) => `${item.ResourceURI}|${item.BillingPreTaxTotal?.replace(/0+$/, '')}`).sort(),
      );
      expect(expected).toContainEqual((await cells(path)).sort());
    }
  }
}

/** Checks the output of a command that ended with 0. */
function expectTrue({ args, code, stdout }: Outcome & { args: string[] }): void {
  if (code !== 0) return;
  if (args[0] === 'lines') expect(versions.map(({ lines }) => lines)).toContain(stdout);
  if (args[0] === 'summary') expect(versions.map(({ items }) => items.length)).toContain(JSON.parse(stdout).lineItems);
}

/** Runs some commands in sequence or concurrently, with interruptions, and finally one without. */
async function sequence(service: ScriptedServer): Promise<number> {
  const directory = await newDirectory();
  let running: Promise<Outcome & { args: string[] }>[] = [];
  let stopped = 0;
  for (let n = 2 + randomInt(3); n > 0; n--) {
    running.push(runDisturbed(randomCommand(service, directory)));
    if (n > 1 && randomInt(2)) continue; // It overlaps with the next one.
    const ends = await Promise.all(running);
    running = [];
    for (const end of ends) expectTrue(end);
    stopped += ends.filter(({ code }) => code !== 0).length;
    await expectWhole(directory);
  }
  const format = pick(['jsonl', 'csv', 'parquet']);
  const outcome = await run(['resume', directory, '--base-url', `${service.url}/v1.0`, '--format', format]);
  if (outcome.code !== 0) {
    // There is nothing to resume only if no export was ever recorded.
    expect(outcome.stderr).toMatch(/does not exist|contains no export|does not say which export/);
    expect(await run(exportArgs(service, directory, '--format', format))).toMatchObject({ code: 0 });
  }
  expect((await readdir(directory)).sort().filter((name) => !/^export\.(jsonl|csv|parquet)$/.test(name))).toEqual([
    'export.json',
    ...Object.keys(versions[0]?.blobs ?? {}),
  ]);
  await expectWhole(directory);
  const lines = await run(['lines', directory]);
  expect(lines.code).toBe(0);
  expectTrue({ args: ['lines'], ...lines });
  return stopped;
}

it(`${SEQUENCES} random sequences of commands and kills end in the stored data or a non-zero exit`, async () => {
  const service = await startService();
  let remaining = SEQUENCES;
  let stopped = 0;
  const work = async () => {
    while (remaining-- > 0) stopped += await sequence(service);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  expect(stopped).toBeGreaterThan(SEQUENCES / 4);
}, 1_800_000);
