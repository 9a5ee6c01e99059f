import { describe, expectTypeOf, it } from 'vitest';
import type { UsageLineItem as ContractLineItem } from '../../generated/index.ts';
import {
  type Attempt,
  type BlobError,
  type ContractError,
  type createUnbilledUsageClient,
  type DataVersionError,
  type ErrorCode,
  type ExportFailedError,
  type ExportHandle,
  type ExportStatus,
  type GraphRequestError,
  type InvalidRequestError,
  LineItemError,
  type LineItemsOptions,
  type Manifest,
  type NetworkError,
  type Operation,
  type Progress,
  type PublicError,
  type UnbilledUsageClient,
  type UnbilledUsageClientOptions,
  UnbilledUsageError,
  type UnbilledUsageExportRequest,
  type UsageLineItem,
  type WaitOptions,
  type WaitTimeoutError,
} from '../../src/index.ts';
import { type DirectoryError, type DownloadOptions, readDownload } from '../../src/node/index.ts';

// The compiler checks this file in `npm run check`. At run time, it does nothing.

describe('an operation', () => {
  it('narrows by @odata.type', () => {
    const narrow = (operation: Operation) => {
      switch (operation['@odata.type']) {
        case '#microsoft.graph.partners.billing.runningOperation':
          // @ts-expect-error a running operation has no error
          return operation.error;
        case '#microsoft.graph.partners.billing.failedOperation':
          expectTypeOf(operation.error).toEqualTypeOf<PublicError>();
          return operation.error;
        case '#microsoft.graph.partners.billing.exportSuccessOperation':
          if ('resourceLocation' in operation) expectTypeOf(operation.resourceLocation).toEqualTypeOf<Manifest>();
          else expectTypeOf(operation['resourceLocation@odata.navigationLink']).toEqualTypeOf<string>();
          return operation;
        default:
          expectTypeOf(operation).toBeNever();
          return operation;
      }
    };
    expectTypeOf(narrow).parameter(0).toEqualTypeOf<Operation>();
  });

  it('has an open status', () => {
    expectTypeOf<Operation['status']>().toEqualTypeOf<string>();
  });
});

describe('a status', () => {
  it('narrows by its state', () => {
    const narrow = (status: ExportStatus) => {
      if (status.state === 'succeeded') return expectTypeOf(status.manifest).toEqualTypeOf<Manifest>();
      if (status.state === 'failed') return expectTypeOf(status.error).toEqualTypeOf<PublicError>();
      return expectTypeOf(status.retryAfterMs).toEqualTypeOf<number | undefined>();
    };
    expectTypeOf(narrow).returns.toEqualTypeOf<true>();
  });
});

describe('a request', () => {
  it('has closed enums and its required properties', () => {
    expectTypeOf<UnbilledUsageExportRequest['billingPeriod']>().toEqualTypeOf<'current' | 'last'>();
    expectTypeOf<UnbilledUsageExportRequest['attributeSet']>().toEqualTypeOf<'full' | 'basic' | undefined>();
    // @ts-expect-error the billing period is required
    const request: UnbilledUsageExportRequest = { currencyCode: 'USD' };
    expectTypeOf(request.currencyCode).toBeString();
  });
});

describe('a line item', () => {
  type ItemOf<Items> = Items extends AsyncIterable<infer Item> ? Item : never;

  it('has decimals as the option numbers says', () => {
    const read = (client: UnbilledUsageClient, handle: ExportHandle, request: UnbilledUsageExportRequest) => ({
      number: [
        client.lineItems(handle),
        client.lineItems(handle, { numbers: 'number' }),
        client.lineItems(handle, { numbers: undefined }),
        client.lineItems(handle, {} as LineItemsOptions),
        client.exportLineItems(request, { timeoutMs: 1 }),
        readDownload(''),
      ] as const,
      string: [
        client.lineItems(handle, { numbers: 'string' }),
        client.exportLineItems(request, { numbers: 'string' }),
        readDownload('', { numbers: 'string' }),
      ] as const,
    });
    type Read = ReturnType<typeof read>;
    expectTypeOf<ItemOf<Read['number'][number]>['BillingPreTaxTotal']>().toEqualTypeOf<number | string | undefined>();
    expectTypeOf<ItemOf<Read['string'][number]>['BillingPreTaxTotal']>().toEqualTypeOf<string | undefined>();
    expectTypeOf<UsageLineItem<string>>().toExtend<UsageLineItem>();
    expectTypeOf<UsageLineItem extends UsageLineItem<string> ? true : false>().toEqualTypeOf<false>();
    expectTypeOf<UsageLineItem<never>['CustomerName']>().toEqualTypeOf<string | undefined>();
  });

  it('has the attributes of the contract, all optional, and no others', () => {
    expectTypeOf<keyof UsageLineItem>().toExtend<keyof ContractLineItem>();
    expectTypeOf<'BenefitID' | 'Tier2MpnId'>().toExtend<keyof UsageLineItem>();
    expectTypeOf<ContractLineItem>().toExtend<UsageLineItem>();
    const misspelt = (item: UsageLineItem<string>) =>
      // @ts-expect-error a misspelt attribute
      item.BilingPreTaxTotal;
    expectTypeOf(misspelt).returns.toBeAny();
  });

  it('gives access to unknown attributes as a record', () => {
    const unknownOf = ({ ANewAttribute }: Record<string, unknown>) => ANewAttribute;
    expectTypeOf(unknownOf).toBeCallableWith({} as UsageLineItem<string>);
    expectTypeOf(unknownOf).returns.toBeUnknown();
  });
});

describe('an error', () => {
  it('narrows by its code, from unknown', () => {
    const narrow = (error: unknown) => {
      if (!(error instanceof UnbilledUsageError)) return error;
      expectTypeOf(error).toEqualTypeOf<UnbilledUsageError>();
      switch (error.code) {
        case 'INVALID_REQUEST':
          return expectTypeOf(error).toEqualTypeOf<InvalidRequestError>();
        case 'GRAPH_REQUEST':
          expectTypeOf(error.requestId).toEqualTypeOf<string | undefined>();
          return expectTypeOf(error).toEqualTypeOf<GraphRequestError>();
        case 'NETWORK':
          return expectTypeOf(error).toEqualTypeOf<NetworkError>();
        case 'EXPORT_FAILED':
          return expectTypeOf(error).toEqualTypeOf<ExportFailedError>();
        case 'WAIT_TIMEOUT':
          return expectTypeOf(error).toEqualTypeOf<WaitTimeoutError>();
        case 'CONTRACT':
          return expectTypeOf(error).toEqualTypeOf<ContractError>();
        case 'BLOB':
          // @ts-expect-error a blob has no line
          expectTypeOf(error.lineNumber).toBeNumber();
          return expectTypeOf(error).toEqualTypeOf<BlobError>();
        case 'DATA_VERSION':
          return expectTypeOf(error).toEqualTypeOf<DataVersionError>();
        case 'LINE_ITEM':
          return expectTypeOf(error).toEqualTypeOf<LineItemError>();
        case 'DIRECTORY':
          return expectTypeOf(error).toEqualTypeOf<DirectoryError>();
        default:
          return expectTypeOf(error).toBeNever();
      }
    };
    expectTypeOf(narrow).parameter(0).toBeUnknown();
  });

  it('narrows by its name and its class', () => {
    const narrow = (error: UnbilledUsageError) => {
      if (error instanceof LineItemError) return expectTypeOf(error.lineNumber).toBeNumber();
      expectTypeOf(error).not.toExtend<LineItemError>();
      return error.name === 'DirectoryError' && expectTypeOf(error).toEqualTypeOf<DirectoryError>();
    };
    expectTypeOf(narrow).parameter(0).toExtend<Error>();
    expectTypeOf<ErrorCode>().toEqualTypeOf<UnbilledUsageError['code']>();
  });
});

describe('a client', () => {
  it('accepts the credentials of @azure/identity', () => {
    interface AccessToken {
      token: string;
      expiresOnTimestamp: number;
      refreshAfterTimestamp?: number;
    }
    interface GetTokenOptions {
      abortSignal?: { readonly aborted: boolean };
      claims?: string;
      tenantId?: string;
    }
    interface AzureCredential {
      getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken | null>;
    }
    expectTypeOf<AzureCredential>().toExtend<UnbilledUsageClientOptions['credential']>();
    expectTypeOf<() => Promise<string>>().toExtend<UnbilledUsageClientOptions['credential']>();
    expectTypeOf<number>().not.toExtend<UnbilledUsageClientOptions['credential']>();
  });

  it('reports its attempts', () => {
    expectTypeOf<Attempt['durationMs']>().toBeNumber();
    expectTypeOf<Attempt['status' | 'retryInMs']>().toEqualTypeOf<number | undefined>();
    expectTypeOf<Attempt['clientRequestId' | 'requestId']>().toEqualTypeOf<string | undefined>();
  });

  it('accepts callbacks that return a promise, and says so, and callbacks that return anything else', () => {
    type Callback<Value> = ((value: Value) => void) | ((value: Value) => Promise<void>) | undefined;
    expectTypeOf<UnbilledUsageClientOptions['onAttempt']>().toEqualTypeOf<Callback<Attempt>>();
    expectTypeOf<WaitOptions['onPoll']>().toEqualTypeOf<Callback<ExportStatus>>();
    expectTypeOf<LineItemsOptions['onProgress'] | DownloadOptions['onProgress']>().toEqualTypeOf<Callback<Progress>>();
    expectTypeOf<(progress: Progress) => number>().toExtend<LineItemsOptions['onProgress']>();
  });

  it('accepts options that are undefined', () => {
    expectTypeOf<{ credential: string; timeoutMs: undefined; retry: { limit: undefined } }>().toExtend<
      Parameters<typeof createUnbilledUsageClient>[0]
    >();
  });

  it('reads from a handle or a manifest', () => {
    expectTypeOf<Manifest>().toExtend<Parameters<UnbilledUsageClient['lineItems']>[0]>();
    expectTypeOf<{ operationId: string; location: string }>().toExtend<
      Parameters<UnbilledUsageClient['lineItems']>[0]
    >();
  });
});
