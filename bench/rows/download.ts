import { createReadStream } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { contest, timed } from '../contest.ts';
import type { Finding, Skipped } from '../finding.ts';
import { importPeer, isInstalled, missing } from '../peers.ts';
import type { Bench } from '../row.ts';
import { run } from '../run.ts';
import type { LocalExport } from '../storage.ts';

interface StorageBlob {
  BlobClient: new (url: string) => { downloadToFile: (path: string) => Promise<unknown> };
}

type Way = (directory: string) => Promise<unknown>;

const BLOBS = 8;
const MB = 1_000_000;
const CURL = '`curl --parallel`, then `gzip -t` on all cores';
const PEER = '@azure/storage-blob';
const BLOB_CLIENT = '`BlobClient.downloadToFile`, then `createGunzip`';

/** Noise, with little to inflate and parse for each compressed byte, and realistic usage. */
const exports = [
  { kind: 'dense', blocks: 5, what: `\`downloadExport\`, ${BLOBS} blobs of 50 MB with 67 MB of text, verified` },
  { kind: 'mixed', blocks: 14, what: `\`downloadExport\`, ${BLOBS} blobs of 10 MB with 140 MB of text, verified` },
] as const;

/** Returns the ways to download the blobs into a folder and to check that they are complete, as a careful script does. */
async function waysOf({ library, curl }: Bench, { manifest, urls }: LocalExport): Promise<Record<string, Way>> {
  const client = library.index.createUnbilledUsageClient({
    credential: 'bench-token',
    baseUrl: manifest.rootDirectory,
  });
  const to = (directory: string, n: number) => join(directory, `${n}`);
  const ways: Record<string, Way> = {
    ours: (directory) => library.node.downloadExport(client, manifest, { directory }),
  };
  if (isInstalled(PEER)) {
    const { BlobClient } = await importPeer<StorageBlob>(PEER);
    const fetchAndInflate = async (url: string, path: string) => {
      await new BlobClient(url).downloadToFile(path);
      await finished(createReadStream(path).pipe(createGunzip()).resume());
    };
    ways[BLOB_CLIENT] = (directory) => Promise.all(urls.map((url, n) => fetchAndInflate(url, to(directory, n))));
  }
  if (curl !== undefined) {
    ways[CURL] = async (directory) => {
      const files = urls.map((_, n) => to(directory, n));
      const pairs = urls.flatMap((url, n) => ['--output', to(directory, n), url]);
      await run('curl', ['--parallel', '--no-progress-meter', '--fail', ...pairs]);
      // A queue of files for as many processes as there are cores. gzip wants a suffix, or standard input.
      const queue = files.values();
      const check = async () => {
        for (const file of queue) await run('sh', ['-c', 'gzip -t < "$0"', file]);
      };
      await Promise.all(Array.from({ length: availableParallelism() }, check));
    };
  }
  return ways;
}

export async function* row(bench: Bench): AsyncGenerator<Finding | Skipped> {
  for (const { kind, blocks, what } of exports) {
    const stored = await bench.storage.export(kind, blocks, BLOBS);
    const contenders = Object.entries(await waysOf(bench, stored)).map(([name, way]) => {
      const rate = async () => {
        await using folder = await mkdtempDisposable(join(tmpdir(), 'unbilled-usage-bench-'));
        const ms = await timed(() => way(folder.path));
        return stored.bytes / MB / (ms / 1_000);
      };
      return [name, rate] as const;
    });
    const rates = await contest<string>(bench.smoke ? 1 : 7, Object.fromEntries(contenders));

    const { ours = [], [CURL]: curl, [BLOB_CLIENT]: blobClient } = rates;
    const common = { what, unit: 'MB/s', ours, measure: 'ours ÷ theirs' } as const;
    if (curl) yield { ...common, beside: CURL, theirs: curl, must: ['≥', 1] };
    else yield { what, beside: CURL, skipped: 'curl is not installed' };
    if (blobClient) yield { ...common, beside: BLOB_CLIENT, theirs: blobClient, must: ['>', 1] };
    else yield missing(what, BLOB_CLIENT);
  }
}
