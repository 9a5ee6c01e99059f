import type { Client } from '../generated/client/index.ts';
import {
  exportUnbilledUsage,
  getManifest,
  getOperation,
  type Manifest,
  type Operation,
  type UnbilledUsageExportRequest,
  type UsageLineItem,
} from '../generated/index.ts';
import type { BlobAccess } from './blob.ts';
import { type Bounds, DeadlinePassed } from './delay.ts';
import { ContractError } from './errors.ts';
import { checkHandle, type ExportHandle, handleOf } from './export-handle.ts';
import {
  checkWaitOptions,
  type ExportStatus,
  publicErrorOf,
  stateOf,
  type WaitOptions,
  waitFor,
} from './export-operation.ts';
import { checkExportRequest } from './export-request.ts';
import { checkSource, internals } from './internals.ts';
import { type LineItemsOptions, readLineItems } from './line-items.ts';
import { checkManifest, linkedManifest } from './manifest.ts';
import { checkClientOptions, checkOptions, type UnbilledUsageClientOptions } from './options.ts';
import { parseRetryAfter } from './retry.ts';
import { type Answer, type Call, createTransport } from './transport.ts';

interface CallOptions {
  signal?: AbortSignal | undefined;
}

/** Every method throws the errors of this library, or the reason of the signal that ended it. */
export interface UnbilledUsageClient {
  /**
   * Starts an export and resolves with where it can be asked for.
   *
   * @see https://learn.microsoft.com/graph/api/partners-billing-unbilledusage-export
   */
  startExport(request: UnbilledUsageExportRequest, options?: CallOptions): Promise<ExportHandle>;
  /**
   * Asks once how an export is doing. Takes a handle, an operation's id or its URL. A success holds the SAS, a secret.
   *
   * @see https://learn.microsoft.com/graph/api/partners-billing-operation-get
   */
  getExport(handle: ExportHandle | string, options?: CallOptions): Promise<ExportStatus>;
  /**
   * Polls until the export has ended, and resolves with its manifest – which holds the SAS, a secret.
   *
   * @throws {@link ExportFailedError}, with `noData` where there is none; {@link WaitTimeoutError}
   */
  waitForExport(handle: ExportHandle | string, options?: WaitOptions): Promise<Manifest>;
  /**
   * Reads the line items of a manifest, or of a handle's export, for whose end it waits an hour at most. Each loop over
   * them reads them anew. Of a blob that ends in an error, discard what was read: its checksum comes last.
   *
   * @throws {@link BlobError}, {@link LineItemError}, {@link DataVersionError}
   */
  lineItems(source: ExportHandle | Manifest, options?: LineItemsOptions): AsyncIterable<UsageLineItem>;
  /**
   * Exports, waits and reads, in one call. Each loop starts an export; keep the handle of `startExport` instead where an
   * export is to outlive an error.
   *
   * @example
   * for await (const item of client.exportLineItems({ currencyCode: 'USD', billingPeriod: 'last' })) {
   *   console.log(item.CustomerName, item.BillingPreTaxTotal);
   * }
   */
  exportLineItems(
    request: UnbilledUsageExportRequest,
    options?: WaitOptions & LineItemsOptions,
  ): AsyncIterable<UsageLineItem>;
}

/**
 * A client for the unbilled usage of one partner.
 *
 * @throws {@link InvalidRequestError}
 * @example
 * const client = createUnbilledUsageClient({ credential: new DefaultAzureCredential() });
 */
export function createUnbilledUsageClient(options: UnbilledUsageClientOptions): UnbilledUsageClient {
  const { credential, baseUrl, ...transfer } = checkClientOptions(options);
  const send = createTransport(baseUrl, credential, transfer);
  const handles = new WeakMap<Manifest, ExportHandle>();

  /** Calls a generated function, which knows method, path and headers, with the transport for its client. */
  async function call<T>(
    generatedFunction: (options: T & { client: Client }) => unknown,
    options: T,
    bounds: Bounds,
  ): Promise<Answer> {
    const client: unknown = {
      get: (stated: Call) => send('GET', stated, bounds),
      post: (stated: Call) => send('POST', stated, bounds),
    };
    return generatedFunction({ ...options, client: client as Client }) as Promise<Answer>;
  }

  async function start(request: UnbilledUsageExportRequest, bounds: Bounds): Promise<ExportHandle> {
    const body = checkExportRequest(request);
    const { headers, url } = await call(exportUnbilledUsage, { body }, bounds);
    return handleOf(headers.get('location'), url);
  }

  async function poll(handle: ExportHandle, bounds: Bounds): Promise<ExportStatus> {
    const { headers, text } = await call(getOperation, { path: { operationId: handle.operationId } }, bounds);
    const operation = parse(text, handle) as Operation;
    const state = stateOf(operation, handle);
    if (state === 'running') return { state, operation, retryAfterMs: parseRetryAfter(headers) };
    if (state === 'failed') return { state, operation, error: publicErrorOf(operation, handle) };
    const manifestId = linkedManifest(operation, handle);
    const manifest = manifestId
      ? await fetchManifest(manifestId, bounds, handle)
      : checkManifest((operation as { resourceLocation?: unknown }).resourceLocation, baseUrl, handle);
    handles.set(manifest, handle);
    return { state, operation, manifest };
  }

  async function fetchManifest(manifestId: string, bounds: Bounds, handle?: ExportHandle): Promise<Manifest> {
    const { text } = await call(getManifest, { path: { manifestId } }, bounds);
    return checkManifest(parse(text, handle), baseUrl, handle);
  }

  async function wait(
    given: ExportHandle | string,
    options: WaitOptions,
    deadline = deadlineOf(options),
  ): Promise<Manifest> {
    const handle = checkHandle(given, baseUrl);
    return waitFor(handle, () => poll(handle, { signal: options.signal, deadline }), options, deadline);
  }

  /** The manifest of a handle or as given, and the way to a new SAS for it. */
  async function open(source: ExportHandle | Manifest, options: WaitOptions): Promise<BlobAccess> {
    checkSource(source);
    const { signal } = options;
    const manifest = 'rootDirectory' in source ? checkManifest(source, baseUrl) : await wait(source, options);
    const handle = handles.get(manifest);
    const { id } = manifest;
    const renew = handle
      ? () => wait(handle, { signal })
      : typeof id === 'string'
        ? () => fetchManifest(id, { signal })
        : undefined;
    return { manifest, renew };
  }

  /** Each loop reads anew. */
  function reading(options: LineItemsOptions, open: () => Promise<BlobAccess>): AsyncIterable<UsageLineItem> {
    return { [Symbol.asyncIterator]: () => readLineItems(open, transfer, checkOptions(options)) };
  }

  const client: UnbilledUsageClient = {
    async startExport(request, options = {}) {
      return start(request, checkOptions(options));
    },
    async getExport(given, options = {}) {
      return poll(checkHandle(given, baseUrl), checkOptions(options));
    },
    async waitForExport(given, options = {}) {
      return wait(given, options);
    },
    lineItems(source, options = {}) {
      return reading(options, () => open(source, options));
    },
    exportLineItems(request, options = {}) {
      return reading(options, async () => {
        const { signal } = options;
        const deadline = deadlineOf(options);
        const handle = await start(request, { signal, deadline }).catch((error) => {
          throw error instanceof DeadlinePassed ? error.cause : error; // There is no handle to wait again with.
        });
        return open(await wait(handle, options, deadline), { signal });
      });
    },
  };
  internals.set(client, { open, transfer });
  return client;
}

function deadlineOf(options: WaitOptions): number {
  return performance.now() + checkWaitOptions(checkOptions(options)).timeoutMs;
}

/** @throws {@link ContractError} */
function parse(text: string, handle: ExportHandle | undefined): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ContractError('body', 'is not JSON', handle);
  }
}
