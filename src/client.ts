import type { Manifest, UnbilledUsageExportRequest } from '../generated/index.ts';
import { type BlobAccess, openBlobs } from './blob-access.ts';
import { DeadlinePassed } from './delay.ts';
import type { ExportHandle, ExportStatus } from './export.ts';
import { checkHandle } from './export-handle.ts';
import { getExport } from './export-operation.ts';
import { startExport } from './export-request.ts';
import type { Graph } from './graph.ts';
import { internals } from './internals.ts';
import { type LineItemsOptions, readLineItems } from './line-items.ts';
import { checkClientOptions, checkOptions, type UnbilledUsageClientOptions } from './options.ts';
import { createTransport } from './transport.ts';
import type { Decimals, UsageLineItem } from './usage-line-item.ts';
import { beginWait, type WaitOptions, waitForExport } from './wait.ts';

interface CallOptions {
  /** Aborts the call, which throws its reason. */
  signal?: AbortSignal | undefined;
}

/** Every method throws errors of this library, or the reason of the signal that aborted it. */
export interface UnbilledUsageClient {
  /**
   * Starts an export and resolves with its handle.
   *
   * @see https://learn.microsoft.com/graph/api/partners-billing-unbilledusage-export
   */
  startExport(request: UnbilledUsageExportRequest, options?: CallOptions): Promise<ExportHandle>;
  /**
   * Polls an export once. Accepts a handle, the ID of an operation, or its URL. The status of a successful export
   * contains the SAS, a secret.
   *
   * @see https://learn.microsoft.com/graph/api/partners-billing-operation-get
   */
  getExport(handle: ExportHandle | string, options?: CallOptions): Promise<ExportStatus>;
  /**
   * Polls until the export ends, and resolves with its manifest. The manifest contains the SAS, a secret.
   *
   * @throws An {@link ExportFailedError}, with `noData` if there is no usage, or a {@link WaitTimeoutError}
   */
  waitForExport(handle: ExportHandle | string, options?: WaitOptions): Promise<Manifest>;
  /**
   * Reads the line items of a manifest. For a handle, waits up to an hour until the export ends. Each loop reads them
   * again. If a blob ends in an error, discard its line items: only the checksum at its end can confirm them.
   *
   * @throws A {@link BlobError}, {@link LineItemError} or {@link DataVersionError}
   */
  lineItems<N extends 'number' | 'string' = 'number'>(
    source: ExportHandle | Manifest,
    options?: LineItemsOptions<N>,
  ): AsyncIterable<UsageLineItem<Decimals[N]>>;
  /**
   * Starts an export, waits for it and reads its line items. Each loop starts a new export. To continue an export after an
   * error, use `startExport` and keep its handle.
   *
   * @example
   * for await (const item of client.exportLineItems({ currencyCode: 'USD', billingPeriod: 'last' })) {
   *   console.log(item.CustomerName, item.BillingPreTaxTotal);
   * }
   */
  exportLineItems<N extends 'number' | 'string' = 'number'>(
    request: UnbilledUsageExportRequest,
    options?: WaitOptions & LineItemsOptions<N>,
  ): AsyncIterable<UsageLineItem<Decimals[N]>>;
}

/**
 * Creates a client for the unbilled usage of one partner.
 *
 * @throws An {@link InvalidRequestError}
 * @example
 * const client = createUnbilledUsageClient({ credential: new DefaultAzureCredential() });
 */
export function createUnbilledUsageClient(options: UnbilledUsageClientOptions): UnbilledUsageClient {
  const { credential, baseUrl, ...transfer } = checkClientOptions(options);
  const graph: Graph = { baseUrl, send: createTransport(baseUrl, credential, transfer) };

  /** Returns an iterable that reads again in each loop. */
  function reading<N extends keyof Decimals>(
    options: LineItemsOptions<N>,
    open: () => Promise<BlobAccess>,
  ): AsyncIterable<UsageLineItem<Decimals[N]>> {
    return { [Symbol.asyncIterator]: () => readLineItems(open, transfer, checkOptions(options)) };
  }

  const client: UnbilledUsageClient = {
    async startExport(request, options = {}) {
      return startExport(graph, request, checkOptions(options));
    },
    async getExport(handle, options = {}) {
      return getExport(graph, checkHandle(handle, baseUrl), checkOptions(options));
    },
    async waitForExport(handle, options = {}) {
      return waitForExport(graph, handle, beginWait(options));
    },
    lineItems(source, options = {}) {
      return reading(options, () => openBlobs(graph, source, options));
    },
    exportLineItems(request, options = {}) {
      return reading(options, async () => openBlobs(graph, await runExport(graph, request, options), options));
    },
  };
  internals.set(client, { graph, transfer });
  return client;
}

/** Starts an export and waits until it ends. Both share one deadline. */
async function runExport(graph: Graph, request: UnbilledUsageExportRequest, options: WaitOptions): Promise<Manifest> {
  const wait = beginWait(options);
  const handle = await startExport(graph, request, wait).catch((error) => {
    throw error instanceof DeadlinePassed ? error.cause : error; // Without a handle, the caller cannot wait again.
  });
  return waitForExport(graph, handle, wait);
}
