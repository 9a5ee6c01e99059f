/**
 * The client: `createUnbilledUsageClient`, what it takes, returns and throws.
 *
 * @module partner-unbilled-usage
 */
export type {
  ExportSuccessOperation,
  FailedOperation,
  Manifest,
  Operation,
  PublicError,
  RunningOperation,
  UnbilledUsageExportRequest,
} from '../generated/index.ts';
export { createUnbilledUsageClient, type UnbilledUsageClient } from './client.ts';
export {
  BlobError,
  ContractError,
  DataVersionError,
  type ErrorCode,
  ExportFailedError,
  GraphRequestError,
  InvalidRequestError,
  LineItemError,
  NetworkError,
  UnbilledUsageError,
  WaitTimeoutError,
} from './errors.ts';
export type { ExportHandle, ExportStatus } from './export.ts';
export type { LineItemsOptions, Progress } from './line-items.ts';
export type { UnbilledUsageClientOptions } from './options.ts';
export type { Attempt, RetryPolicy } from './retry.ts';
export type { Credential, TokenCredential } from './transport.ts';
export type { Decimals, UsageLineItem } from './usage-line-item.ts';
export type { WaitOptions } from './wait.ts';
