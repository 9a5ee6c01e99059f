import { describe, expectTypeOf, it } from 'vitest';
import type {
  Attempt,
  createUnbilledUsageClient,
  ExportStatus,
  Manifest,
  Operation,
  PublicError,
  UnbilledUsageClient,
  UnbilledUsageClientOptions,
  UnbilledUsageExportRequest,
  UsageLineItem,
} from '../../src/index.ts';

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
  it('has decimals as numbers or strings, and allows unknown attributes', () => {
    expectTypeOf<UsageLineItem['BillingPreTaxTotal']>().toEqualTypeOf<number | string | undefined>();
    expectTypeOf<UsageLineItem['CustomerName']>().toEqualTypeOf<string | undefined>();
    expectTypeOf<UsageLineItem['SomethingNew']>().toBeUnknown();
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
    expectTypeOf<UnbilledUsageClientOptions['onAttempt']>().toEqualTypeOf<((attempt: Attempt) => void) | undefined>();
    expectTypeOf<Attempt['durationMs']>().toBeNumber();
    expectTypeOf<Attempt['status' | 'retryInMs']>().toEqualTypeOf<number | undefined>();
    expectTypeOf<Attempt['clientRequestId' | 'requestId']>().toEqualTypeOf<string | undefined>();
  });

  it('accepts options that are undefined', () => {
    expectTypeOf<{ credential: string; timeoutMs: undefined; retry: { limit: undefined } }>().toExtend<
      Parameters<typeof createUnbilledUsageClient>[0]
    >();
  });

  it('reads from a handle or a manifest', () => {
    expectTypeOf<UnbilledUsageClient['lineItems']>().returns.toEqualTypeOf<AsyncIterable<UsageLineItem>>();
    expectTypeOf<Manifest>().toExtend<Parameters<UnbilledUsageClient['lineItems']>[0]>();
    expectTypeOf<{ operationId: string; location: string }>().toExtend<
      Parameters<UnbilledUsageClient['lineItems']>[0]
    >();
  });
});
