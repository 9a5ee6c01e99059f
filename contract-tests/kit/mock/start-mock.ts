import { createHash, randomUUID } from 'node:crypto';
import { spec } from '../document/document.ts';
import type { Manifest } from '../document/manifest.ts';
import { toBlobFiles } from './blob-files.ts';
import { startFront } from './front.ts';
import { madeUpLines } from './line-items.ts';
import { startPrism } from './prism.ts';
import { type ScenarioName, scenarios } from './scenarios.ts';
import { type Storage, startStorage } from './storage.ts';

export interface StartMockOptions {
  /** Default 0: a free one. */
  port?: number;
  /** Default 0: a free one. */
  storagePort?: number;
  /** The number of made-up line items. Default 1,000. */
  items?: number;
  /** The number of blobs. Default 3. */
  blobs?: number;
  /** The line items to store instead of made-up ones: JSON objects, each without a line feed. */
  lines?: readonly string[];
  /** Default `success`. */
  scenario?: ScenarioName;
}

export interface Mock {
  /** With the version: `http://127.0.0.1:4010/v1.0`. */
  baseUrl: string;
  storageUrl: string;
  /** The line items in the blobs, in their order, as `JSON.parse` reads them. */
  lineItems: readonly Record<string, unknown>[];
  close: () => Promise<void>;
}

/**
 * Starts a mock of the service and of its storage on 127.0.0.1. Every export goes from `notStarted` to `running` and to
 * the end of the scenario, one step per poll. Throws if a port is taken, or if Node.js is too old for Prism.
 *
 * @example
 * const { baseUrl, lineItems, close } = await startMock({ items: 100 });
 */
export async function startMock(options: StartMockOptions = {}): Promise<Mock> {
  const { port = 0, storagePort = 0, items = 1_000, blobs = 3, scenario = 'success', lines } = options;
  const count = lines?.length ?? items;
  const stored = () => lines ?? madeUpLines(count);
  const files = await toBlobFiles(stored(), count, blobs);

  const running: { close: () => Promise<void> }[] = [];
  const close = async () => {
    await Promise.all(running.map((each) => each.close()));
  };
  try {
    const storage = await startStorage(files, storagePort);
    running.push(storage);
    const prism = await startPrism();
    running.push(prism);
    const front = await startFront({
      prismUrl: prism.url,
      story: scenarios[scenario].story,
      manifest: manifestOf(files, storage),
      port,
      refuseUnknownIds: true,
    });
    running.push(front);
    return {
      baseUrl: `${front.url}/v1.0`,
      storageUrl: storage.url,
      get lineItems() {
        return Array.from(stored(), (line) => JSON.parse(line));
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Returns a function that creates the manifest of the stored blobs, with a new SAS each time. */
function manifestOf(files: ReadonlyMap<string, Uint8Array>, storage: Storage): () => Manifest {
  const hash = createHash('sha256');
  for (const [name, bytes] of files) hash.update(`${name} ${bytes.length}\n`).update(bytes);
  const fixed = {
    ...spec.components.examples.manifest.value,
    id: randomUUID(),
    eTag: hash.digest('base64url').slice(0, 12),
    rootDirectory: storage.rootDirectory,
    blobCount: files.size,
    blobs: [...files.keys()].map((name) => ({ name, partitionValue: 'default' })),
  };
  return () => ({ ...fixed, sasToken: storage.sasToken() });
}
