import type { ExportRequest } from '../document/manifest.ts';
import { storeExport } from './export-data.ts';
import { startFront } from './front.ts';
import { MadeUpData } from './made-up-data.ts';
import { startPrism } from './prism.ts';
import { type Scenario, type ScenarioName, scenarios } from './scenarios.ts';
import { startStorage } from './storage.ts';
import { Story } from './story.ts';

/** Where a mock listens, what it serves, and how it behaves. */
export interface StartMockOptions {
  /** The port of the service. Default 0: a free one. */
  port?: number;
  /** The port of the storage. Default 0: a free one. */
  storagePort?: number;
  /** The number of made-up line items. Default 1,000. */
  items?: number;
  /** The number of blobs. Default 3. */
  blobs?: number;
  /** The seed of the made-up line items: the same seed always gives the same ones. Default 1. */
  seed?: number;
  /**
   * The line items to serve instead of made-up ones, for any currency and period. Each is the JSON of an object, without a
   * line feed.
   */
  lines?: readonly string[];
  /** How the service behaves. Default `success`. */
  scenario?: ScenarioName;
}

/** A running mock. */
export interface Mock {
  /** The base URL of the service, with the version: `http://127.0.0.1:4010/v1.0`. */
  baseUrl: string;
  /** The URL of the storage, which serves the blobs. */
  storageUrl: string;
  /** The line items of the last period in USD with all attributes, in their order, as `JSON.parse` reads them. */
  lineItems: readonly Record<string, unknown>[];
  /** Stops the mock. Until then, it keeps the process alive. */
  close: () => Promise<void>;
}

/**
 * Starts a mock of the service and of its storage on 127.0.0.1. Every export goes from `notStarted` to `running` and to
 * the end of the scenario, one step per poll. Its currency, period and attribute set show in the line items. Throws if a
 * port is taken, if there is no such scenario, if a line has a line feed, or if Node.js is too old for Prism.
 *
 * @example
 * const { baseUrl, lineItems, close } = await startMock({ items: 100 });
 */
export async function startMock(options: StartMockOptions = {}): Promise<Mock> {
  const { port, storagePort, items = 1_000, blobs = 3, seed = 1, lines, scenario: name = 'success' } = options;
  const scenario: Scenario | undefined = scenarios[name];
  if (!scenario) throw new RangeError(`There is no scenario "${name}". See: partner-unbilled-usage-contract list`);
  const broken = lines?.findIndex((line) => line.includes('\n')) ?? -1;
  if (broken !== -1) throw new RangeError(`lines[${broken}] contains a line feed.`);
  const data = new MadeUpData({ items, blobs, seed, lines });
  const running: { close: () => Promise<void> }[] = [data];
  const close = async () => {
    for (const each of running.toReversed()) await each.close();
  };
  try {
    const storage = await startStorage(storagePort);
    running.push(storage);
    const prism = await startPrism();
    running.push(prism);
    const store = (request: ExportRequest) => storeExport(request, data, storage, scenario.storage);
    const front = await startFront({ prismUrl: prism.url, story: new Story(scenario, store), port });
    running.push(front);
    return {
      baseUrl: `${front.url}/v1.0`,
      storageUrl: storage.url,
      get lineItems() {
        const lines = data.lines({ currencyCode: 'USD', billingPeriod: 'last' });
        return Array.from(lines, (line) => JSON.parse(line));
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
