import { readdirSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { type Manifest, type UnbilledUsageClientOptions, UnbilledUsageError } from '../../src/index.ts';
import { type DownloadOptions, type DownloadResult, downloadExport } from '../../src/node/index.ts';
import { partnerMonth, toBlob } from '../kit/mock/partner-month.ts';
import { type Fault, forwardTo, memory, startFaultyStorage } from './faulty-storage.ts';
import { directFetch, expectBreach } from './observe.setup.ts';
import { clientOf, emptyDirectory, failure, handle, scripted, succeeded } from './play.ts';
import { storeExport } from './storage.ts';

type Blobs = Record<string, Uint8Array>;

export const month = [...partnerMonth(600)];
export const [first, second, third] = ['part-00000.json.gz', 'part-00001.json.gz', 'part-00002.json.gz'] as const;
export const blobs: Blobs = {
  [first]: toBlob(month.slice(0, 200)),
  [second]: toBlob(month.slice(200, 400)),
  [third]: toBlob(month.slice(400)),
};
export const size = blobs[first]?.length ?? 0;
export const stored = await storeExport(blobs);

/** Fetches blobs without the observer, whose copy of a body would keep a stalled connection open. */
export const unobserved: typeof fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  return (url.pathname.includes('/reports/') ? globalThis.fetch : directFetch)(input, init);
};

/** Starts a proxy for the storage that applies these faults to one blob in turn, until it is healed. */
export async function faultyStorage(
  faults: readonly Fault[] = [],
  blob: string = first,
  origin?: ReturnType<typeof forwardTo>,
) {
  const remaining = [...faults];
  const storage = await startFaultyStorage(origin ?? forwardTo(stored.url), (name) =>
    name === blob ? remaining.shift() : undefined,
  );
  onTestFinished(storage.close);
  const of = (name: string) => storage.requests.filter(({ blob }) => blob === name);
  return { ...storage, of, heal: () => void remaining.splice(0) };
}

/** Starts the same proxy for blobs in memory. */
export function inMemory(
  contents: Blobs,
  faults: readonly Fault[] = [],
  md5: (bytes: Uint8Array) => string | undefined = () => undefined,
) {
  return faultyStorage(faults, Object.keys(contents)[0], memory(contents, md5));
}

/** Returns the manifest of these blobs. */
export function manifestOf(contents: Blobs, changes: Partial<Manifest> = {}): Manifest {
  const names = Object.keys(contents);
  return stored.manifest(3_600_000, { blobs: names.map((name) => ({ name })), blobCount: names.length, ...changes });
}

/** Downloads the blobs of a manifest through a new service. */
export async function download(
  manifest: Manifest,
  directory: string,
  options: Partial<UnbilledUsageClientOptions> = {},
  run: Partial<DownloadOptions> = {},
): Promise<DownloadResult> {
  return downloadExport(clientOf(await scripted(succeeded(manifest)), options), handle, { directory, ...run });
}

/** Checks that the directory contains the stored blobs, the state, and nothing else. */
export async function expectComplete(directory: string, contents: Blobs = blobs): Promise<void> {
  expect((await readdir(directory)).sort()).toEqual(['export.json', ...Object.keys(contents)].sort());
  for (const [name, bytes] of Object.entries(contents)) {
    if (Buffer.compare(readFileSync(join(directory, name)), bytes)) throw new Error(`${name} has other bytes`);
  }
}

/** Checks that a run has left no lock and no unfinished write. */
export function expectUnlocked(directory: string): void {
  const names = readdirSync(directory);
  expect(names.filter((name) => name.startsWith('export.lock') || name === 'export.json.partial')).toEqual([]);
}

/** Checks that an error is one of the library, has these fields and shows no SAS. */
export function expectError(thrown: unknown, expected: object): void {
  expect(thrown).toBeInstanceOf(UnbilledUsageError);
  expect(thrown).toMatchObject(expected);
  expect(`${(thrown as Error).stack} ${JSON.stringify(thrown)}`).not.toContain('sig=');
}

export const containing = (text: string) => expect.stringContaining(text);
export const blobError = (message: string, fields: object = {}) => ({
  name: 'BlobError',
  blobName: first,
  message: containing(message),
  ...fields,
});

export interface Case {
  faults: readonly Fault[];
  /** The error of the first run. Without one, the run must be complete. */
  error?: object;
  client?: Partial<UnbilledUsageClientOptions>;
  breach?: RegExp[];
  /** The number of requests in the first run for the blob with the faults. */
  requests?: number;
}

/** Checks a run with faults, which completes or fails as expected, and then a complete run without faults. */
export async function survive({ faults, error, client = {}, breach = [], requests }: Case): Promise<void> {
  expectBreach(...breach);
  const directory = await emptyDirectory();
  const storage = await faultyStorage(faults);
  const manifest = storage.behind(stored.manifest());
  const running = download(manifest, directory, client);
  if (error) {
    const thrown = await failure(running);
    expectUnlocked(directory);
    expectError(thrown, error);
  } else {
    expect((await running).lineItems).toBe(month.length);
    await expectComplete(directory);
  }
  if (requests !== undefined) expect(storage.of(first)).toHaveLength(requests);

  storage.heal();
  const result = await download(manifest, directory);
  await expectComplete(directory);
  const bytes = Object.values(blobs).reduce((sum, blob) => sum + blob.length, 0);
  expect(result).toMatchObject({ bytes, lineItems: month.length });
}

export const times = (count: number, fault: Fault): Fault[] => Array.from({ length: count }, () => fault);
export const forGood = (fault: Fault) => times(20, fault);
export const slow = { baseDelayMs: 3_600_000, maxDelayMs: 3_600_000 };
export const impatient = { timeoutMs: 300, fetch: unobserved };
export const corrupt = [/^blob: is corrupt/];
export const date = 'Tue, 01 Oct 2024 06:00:00 GMT';
