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
import { ContractError, InvalidRequestError } from './errors.ts';
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
import { internals } from './internals.ts';
import { type LineItemsOptions, readLineItems } from './line-items.ts';
import { checkManifest, manifestIn } from './manifest.ts';
import { checkClientOptions, type UnbilledUsageClientOptions } from './options.ts';
import { quote } from './redact.ts';
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
  const { credential, baseUrl, fetch, timeoutMs, retry } = checkClientOptions(options);
  const send = createTransport(baseUrl, credential, fetch, timeoutMs, retry);
  const transfer = { fetch, timeoutMs, retry };
  const handles = new WeakMap<Manifest, ExportHandle>();

  /** Calls a generated function, which knows method, path and headers, with the transport for its client. */
  async function call(generatedFunction: (client: Client) => unknown, bounds: Bounds): Promise<Answer> {
    const method = (name: string) => (stated: Call) => send(name, stated, bounds);
    const client: unknown = { get: method('GET'), post: method('POST') };
    return generatedFunction(client as Client) as Promise<Answer>;
  }

  async function start(request: UnbilledUsageExportRequest, bounds: Bounds): Promise<ExportHandle> {
    const body = checkExportRequest(request);
    const { headers, url } = await call((client) => exportUnbilledUsage({ client, body }), bounds);
    return handleOf(headers.get('location'), url);
  }

  async function poll(handle: ExportHandle, bounds: Bounds): Promise<ExportStatus> {
    const path = { operationId: handle.operationId };
    const { headers, text } = await call((client) => getOperation({ client, path }), bounds);
    const operation = parse(text, handle) as Operation;
    const state = stateOf(operation, handle);
    if (state === 'running') {
      const retryAfterMs = parseRetryAfter(headers);
      return { state, operation, ...(retryAfterMs !== undefined && { retryAfterMs }) };
    }
    if (state === 'failed') return { state, operation, error: publicErrorOf(operation, handle) };
    const found = manifestIn(operation, handle);
    const manifest =
      'embedded' in found
        ? checkManifest(found.embedded, handle)
        : await fetchManifest(found.manifestId, bounds, handle);
    handles.set(manifest, handle);
    return { state, operation, manifest };
  }

  async function fetchManifest(manifestId: string, bounds: Bounds, handle?: ExportHandle): Promise<Manifest> {
    const { text } = await call((client) => getManifest({ client, path: { manifestId } }), bounds);
    return checkManifest(parse(text, handle), handle);
  }

  async function wait(given: ExportHandle | string, options: WaitOptions, deadline: number): Promise<Manifest> {
    const handle = checkHandle(given, baseUrl);
    return waitFor(handle, () => poll(handle, { signal: options.signal, deadline }), options, deadline);
  }

  async function startExport(request: UnbilledUsageExportRequest, { signal }: CallOptions = {}): Promise<ExportHandle> {
    return start(request, { signal });
  }

  async function getExport(given: ExportHandle | string, { signal }: CallOptions = {}): Promise<ExportStatus> {
    return poll(checkHandle(given, baseUrl), { signal });
  }

  async function waitForExport(given: ExportHandle | string, options: WaitOptions = {}): Promise<Manifest> {
    return wait(given, options, Date.now() + checkWaitOptions(options).timeoutMs);
  }

  /** The manifest of a handle or as given, and the way to a new SAS for it. */
  async function open(source: ExportHandle | Manifest, options: WaitOptions): Promise<BlobAccess> {
    const { signal } = options;
    if (typeof source !== 'object' || source === null || !('operationId' in source || 'rootDirectory' in source)) {
      throw new InvalidRequestError('source', quote(source), 'what startExport or waitForExport returned');
    }
    const manifest = 'rootDirectory' in source ? checkManifest(source) : await waitForExport(source, options);
    const handle = handles.get(manifest);
    const { id } = manifest;
    if (handle) return { manifest, renew: () => waitForExport(handle, { signal }) };
    return id === undefined ? { manifest } : { manifest, renew: () => fetchManifest(id, { signal }) };
  }

  function lineItems(source: ExportHandle | Manifest, options: LineItemsOptions = {}): AsyncIterable<UsageLineItem> {
    return iterable(() => readLineItems(() => open(source, { signal: options.signal }), transfer, options));
  }

  function exportLineItems(
    request: UnbilledUsageExportRequest,
    options: WaitOptions & LineItemsOptions = {},
  ): AsyncIterable<UsageLineItem> {
    const { signal } = options;
    const exported = async () => {
      const deadline = Date.now() + checkWaitOptions(options).timeoutMs;
      const handle = await start(request, { signal, deadline }).catch((error) => {
        throw error instanceof DeadlinePassed ? error.cause : error; // There is no handle to wait again with.
      });
      return open(await wait(handle, options, deadline), { signal });
    };
    return iterable(() => readLineItems(exported, transfer, options));
  }

  const client = { startExport, getExport, waitForExport, lineItems, exportLineItems };
  internals.set(client, { open, transfer });
  return client;
}

/** @throws {@link ContractError} */
function parse(text: string, handle: ExportHandle | undefined): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ContractError('body', 'is not JSON', handle);
  }
}

function iterable<T>(iterate: () => AsyncIterator<T>): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: iterate };
}
