import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { type DownloadResult, downloadExport } from '../../src/node/index.ts';
import { partnerMonth, toBlob } from '../kit/mock/partner-month.ts';
import { drip, forwardTo, hold, startFaultyStorage } from '../support/faulty-storage.ts';
import { clientOf, deferred, emptyDirectory, failure, handle, scripted, succeeded } from '../support/play.ts';
import { type StoredExport, storeExport } from '../support/storage.ts';

const month = [...partnerMonth(400)];
/** The sizes differ, so that at any moment some blobs are finished, some are in progress and some have not started. */
const sizes = [5, 15, 30, 50, 80, 90, 130];
const blobs = Object.fromEntries(
  sizes.map((size, i) => {
    const start = sizes.slice(0, i).reduce((sum, each) => sum + each, 0);
    return [`part-0000${i}.json.gz`, toBlob(month.slice(start, start + size))];
  }),
);
const names = Object.keys(blobs);
let stored: StoredExport;
/** The compile cache that the processes share. All but the first start in half the time. */
let cache: string;

beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'download-crash-cache-'));
  stored = await storeExport(blobs);
});

afterAll(() => rm(cache, { recursive: true }));

/** Checks that each file with its final name has the bytes of its blob. */
async function expectFinishedAreWhole(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const bytes = blobs[name];
    if (bytes && Buffer.compare(await readFile(join(directory, name)), bytes)) throw new Error(`${name} differs`);
  }
}

async function expectComplete(directory: string): Promise<void> {
  expect((await readdir(directory)).sort()).toEqual(['export.json', ...names]);
  await expectFinishedAreWhole(directory);
}

/** Returns a result without its paths, which depend on the directory. */
function comparable({ files, bytes, lineItems }: DownloadResult): object {
  return { files: files.map(({ path: _, ...file }) => file), bytes, lineItems };
}

interface Outcome {
  result?: DownloadResult;
  error?: { name: string; message: string };
}

const workerFile = fileURLToPath(new URL('../support/download-worker.ts', import.meta.url));

/** Starts a download in a separate process. `onLine` is called with each complete line that it prints. */
function startWorker(
  service: { url: string },
  directory: string,
  onLine: (worker: ChildProcess, line: string) => void = () => {},
) {
  const worker = spawn(process.execPath, [workerFile, `${service.url}/v1.0`, handle.operationId, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: cache },
  });
  const closed = once(worker, 'close');
  let outcome: Outcome = {};
  createInterface(worker.stdout).on('line', (line) => {
    // The last line of a killed process may be incomplete.
    if (/^\{"(result|error)".*\}$/.test(line)) outcome = JSON.parse(line);
    if (line.endsWith('}')) onLine(worker, line);
  });
  const ended = closed.then(([code, signal]: (number | string | null)[]) => ({ code, signal, ...outcome }));
  onTestFinished(async () => {
    worker.kill('SIGKILL');
    await closed;
  });
  return { worker, ended };
}

/** Returns a generator of the same numbers for each seed, from 0 to `below` - 1. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/**
 * A run that is killed at the nth line that it prints, or at the nth piece that it receives. The storage is never more
 * than a few pieces ahead of the reported progress, so that the process is killed during its work and not after it.
 */
class Run {
  readonly #at: number;
  readonly #by: 'line' | 'piece';
  #counted = 0;
  #ahead: number;
  #reported = 0;
  #ended = false;
  #wake: (() => void)[] = [];
  kill = () => {};

  /** `present` counts the bytes already in the directory. They are reported, too, but not sent. */
  constructor(by: 'line' | 'piece', at: number, present: number) {
    this.#by = by;
    this.#at = at;
    this.#ahead = present;
  }

  #count(by: 'line' | 'piece'): void {
    if (by === this.#by && ++this.#counted === this.#at) this.kill();
  }

  onLine(line: string): void {
    this.#reported = Math.max(this.#reported, JSON.parse(line).progress?.bytes ?? 0);
    for (const wake of this.#wake.splice(0)) wake();
    this.#count('line');
  }

  async beforePiece(bytes: number): Promise<void> {
    for (let waits = 0; waits < 1_000 && !this.#ended && this.#ahead - this.#reported > 2_000; waits++) {
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
    this.#ahead += bytes;
    this.#count('piece');
  }

  end(): void {
    this.#ended = true;
    for (const wake of this.#wake.splice(0)) wake();
  }
}

interface Story {
  /** The result of a run that was not killed. */
  undisturbed: DownloadResult | undefined;
  /** The results of the runs that completed, most of them after killed ones. */
  results: DownloadResult[];
  kills: number;
  /** Requests for the rest of a blob. */
  resumed: number;
}

/** Kills a process `times` times and restarts it each time. Uses a new directory whenever one is complete. */
async function killAgainAndAgain(times: number, seed: number): Promise<Story> {
  const random = randomNumbers(seed);
  let run = new Run('line', Number.POSITIVE_INFINITY, 0);
  let finished: string[] = [];
  const storage = await startFaultyStorage(forwardTo(stored.url), (blob) => {
    const current = run;
    if (finished.includes(blob)) return undefined; // It must not be requested again, so nothing waits for it.
    return drip(500, (bytes) => current.beforePiece(bytes));
  });
  onTestFinished(storage.close);
  const service = await scripted(succeeded(storage.behind(stored.manifest())));
  const start = (directory: string) => {
    const { worker, ended } = startWorker(service, directory, (_, line) => run.onLine(line));
    run.kill = () => worker.kill('SIGKILL');
    return ended.finally(() => run.end());
  };

  const { result: undisturbed } = await start(await emptyDirectory());
  const story: Story = { undisturbed, results: [], kills: 0, resumed: 0 };
  let directory = await emptyDirectory();
  for (let runs = 0; runs < 3 * times && (story.kills < times || (await readdir(directory)).length > 0); runs++) {
    finished = (await readdir(directory)).filter((name) => names.includes(name));
    storage.requests.length = 0;
    const by = random(2) ? 'line' : 'piece';
    const present = finished.reduce((sum, name) => sum + (blobs[name]?.length ?? 0), 0);
    run = new Run(by, story.kills < times ? 1 + random(60) : Number.POSITIVE_INFINITY, present);
    const { signal, result, error } = await start(directory);

    expect(error).toBeUndefined();
    expect(finished.filter((name) => storage.requests.some(({ blob }) => blob === name))).toEqual([]);
    for (const { ifMatch } of storage.requests.filter(({ range }) => range !== undefined)) {
      story.resumed++;
      expect(ifMatch).toMatch(/^"0x\w+"$/);
    }
    await expectFinishedAreWhole(directory);
    if (signal === 'SIGKILL') story.kills++;
    if (!result) continue;
    await expectComplete(directory);
    story.results.push(result);
    directory = await emptyDirectory();
  }
  return story;
}

it('processes killed at 50 random moments and restarted give the result of an undisturbed one', async () => {
  for (const { undisturbed, results, kills, resumed } of await Promise.all([
    killAgainAndAgain(25, 20_240_901),
    killAgainAndAgain(25, 20_241_001),
  ])) {
    expect(undisturbed?.lineItems).toBe(month.length);
    const expected = comparable(undisturbed as DownloadResult);
    expect(results.map(comparable)).toEqual(results.map(() => expected));
    expect(results.length).toBeGreaterThan(1);
    expect(kills).toBe(25);
    expect(resumed).toBeGreaterThan(0);
  }
}, 300_000);

it('removes the files of a process that was killed while it took the lock', async () => {
  const directory = await emptyDirectory();
  const service = await scripted(succeeded(stored.manifest()));
  const { worker, ended } = startWorker(service, join(await emptyDirectory(), 'other'));
  await ended;
  await writeFile(join(directory, `export.lock.${worker.pid}`), '');
  await downloadExport(clientOf(service), handle, { directory });
  await expectComplete(directory);
});

it('ignores the lock of a killed process', async () => {
  const directory = await emptyDirectory();
  const storage = await startFaultyStorage(forwardTo(stored.url), () => drip(1_000, async () => {}));
  onTestFinished(storage.close);
  const service = await scripted(succeeded(storage.behind(stored.manifest())));
  const { ended } = startWorker(service, directory, (worker) => worker.kill('SIGKILL'));
  expect(await ended).toMatchObject({ signal: 'SIGKILL' });
  expect(await readdir(directory)).toContain('export.lock');
  const result = await downloadExport(clientOf(service), handle, { directory });
  expect(result.lineItems).toBe(month.length);
  await expectComplete(directory);
});

it('a running download is undisturbed by other runs, which fail with a DirectoryError', async () => {
  const directory = await emptyDirectory();
  const { promise: start, resolve: begin } = deferred();
  const { promise: released, resolve: release } = deferred();
  const storage = await startFaultyStorage(forwardTo(stored.url), () => {
    begin();
    return hold(released);
  });
  onTestFinished(storage.close);
  const service = await scripted(succeeded(storage.behind(stored.manifest())));
  const { worker, ended } = startWorker(service, directory);
  await start;
  const polls = service.requests.length;

  const inUse = { name: 'DirectoryError', message: expect.stringContaining(`in use by process ${worker.pid}`) };
  const here = downloadExport(clientOf(service), handle, { directory, restart: true });
  expect(await failure(here)).toMatchObject({ ...inUse, path: directory });
  expect(await startWorker(service, directory).ended).toMatchObject({ code: 0, error: inUse });
  expect(service.requests).toHaveLength(polls);

  release();
  expect((await ended).result?.lineItems).toBe(month.length);
  expect(storage.requests.map(({ blob }) => blob).sort()).toEqual(names);
  await expectComplete(directory);
});

it('a directory in /proc, where none can be created, throws a DirectoryError', async () => {
  const service = await scripted(succeeded(stored.manifest()));
  const { ended } = startWorker(service, '/proc/unbilled-usage');
  expect(await ended).toMatchObject({ error: { name: 'DirectoryError', message: expect.stringContaining('/proc/') } });
  expect(service.requests).toEqual([]);
});
