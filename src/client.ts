import { createClient } from '../generated/client/index.ts';
import {
  exportUnbilledUsage,
  getManifest,
  getOperation,
  type Manifest,
  type UnbilledUsageExportRequest,
  type UsageLineItem,
} from '../generated/index.ts';
import type { BlobAccess } from './blob.ts';
import type { Bounds } from './delay.ts';
import { ContractError, InvalidRequestError } from './errors.ts';
import { checkHandle, type ExportHandle, handleOf } from './export-handle.ts';
import { type ExportStatus, publicErrorOf, stateOf, type WaitOptions, waitFor } from './export-operation.ts';
import { checkExportRequest } from './export-request.ts';
import { type LineItemsOptions, readLineItems } from './line-items.ts';
import { checkManifest, manifestIn } from './manifest.ts';
import { checkClientOptions, type UnbilledUsageClientOptions } from './options.ts';
import { quote } from './redact.ts';
import { parseRetryAfter } from './retry.ts';
import { createTransport } from './transport.ts';

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
  const send = createTransport(credential, fetch, timeoutMs, retry);
  const generated = createClient({ baseUrl, throwOnError: true });
  const handles = new WeakMap<Manifest, ExportHandle>();

  /** What the generated functions take beside their parameters. They call `fetch` with a `Request`. */
  const through = (bounds: Bounds) => ({
    client: generated,
    throwOnError: true as const,
    fetch: (request: RequestInfo | URL) => send(request as Request, bounds),
  });

  async function startExport(request: UnbilledUsageExportRequest, bounds: Bounds = {}): Promise<ExportHandle> {
    const body = checkExportRequest(request);
    const answer = await exportUnbilledUsage({ ...through(bounds), body, parseAs: 'text' });
    return handleOf(answer.response.headers.get('location'), answer.request.url);
  }

  async function getExport(given: ExportHandle | string, bounds: Bounds = {}): Promise<ExportStatus> {
    const handle = checkHandle(given, baseUrl);
    const path = { operationId: handle.operationId };
    const { data: operation, response } = await json(
      getOperation({ ...through(bounds), path, parseAs: 'json' }),
      handle,
    );
    const state = stateOf(operation, handle);
    if (state === 'running') {
      const retryAfterMs = parseRetryAfter(response.headers);
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
    const { data } = await json(getManifest({ ...through(bounds), path: { manifestId }, parseAs: 'json' }), handle);
    return checkManifest(data, handle);
  }

  async function waitForExport(given: ExportHandle | string, options: WaitOptions = {}): Promise<Manifest> {
    const handle = checkHandle(given, baseUrl);
    return waitFor(handle, (deadline) => getExport(handle, { signal: options.signal, deadline }), options);
  }

  /** The manifest of a handle or as given, and the way to a new SAS for it. */
  async function open(source: ExportHandle | Manifest, signal: AbortSignal | undefined): Promise<BlobAccess> {
    if (typeof source !== 'object' || source === null || !('operationId' in source || 'rootDirectory' in source)) {
      throw new InvalidRequestError('source', quote(source), 'what startExport or waitForExport returned');
    }
    const manifest = 'operationId' in source ? await waitForExport(source, { signal }) : checkManifest(source);
    const handle = handles.get(manifest);
    const { id } = manifest;
    if (handle) return { manifest, renew: () => waitForExport(handle, { signal }) };
    return id === undefined ? { manifest } : { manifest, renew: () => fetchManifest(id, { signal }) };
  }

  function lineItems(source: ExportHandle | Manifest, options: LineItemsOptions = {}): AsyncIterable<UsageLineItem> {
    return iterable(() => readLineItems(() => open(source, options.signal), { fetch, timeoutMs, retry }, options));
  }

  function exportLineItems(
    request: UnbilledUsageExportRequest,
    options: WaitOptions & LineItemsOptions = {},
  ): AsyncIterable<UsageLineItem> {
    const exported = async () => waitForExport(await startExport(request, options), options);
    const opened = async () => open(await exported(), options.signal);
    return iterable(() => readLineItems(opened, { fetch, timeoutMs, retry }, options));
  }

  return { startExport, getExport, waitForExport, lineItems, exportLineItems };
}

/** The answer, or a {@link ContractError} when it is not JSON. */
async function json<T>(answer: Promise<T>, handle: ExportHandle | undefined): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof SyntaxError) throw new ContractError('body', 'is not JSON', handle);
    throw error;
  }
}

function iterable<T>(iterate: () => AsyncIterator<T>): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: iterate };
}
