import type { PublicError } from '../generated/index.ts';
import type { ExportHandle, ExportStatus } from './export.ts';
import { clean, excerpt, quote, reason, redact } from './redact.ts';

/**
 * An error of this library. A `switch` over `code` narrows it to its class; `name` is the name of the class. No message
 * or field contains a secret, and no message contains a control character.
 *
 * @example
 * if (error instanceof UnbilledUsageError && error.code === 'GRAPH_REQUEST') console.error(error.requestId);
 */
export type UnbilledUsageError =
  | InvalidRequestError
  | GraphRequestError
  | NetworkError
  | ExportFailedError
  | WaitTimeoutError
  | ContractError
  | BlobError
  | DataVersionError
  | LineItemError
  | DirectoryError;

/** The values of `code`: one for each class. */
export type ErrorCode = UnbilledUsageError['code'];

/** The fields that a class adds to those of every error. */
type Fields<E extends UnbilledUsageError, K extends keyof E = Exclude<keyof E, keyof UnbilledUsageError>> = {
  [Name in K & string]: E[Name] | (object extends Pick<E, Name> ? undefined : never);
};

/** The type of the base class. Because of `prototype`, `instanceof` narrows to the union of the subclasses. */
interface BaseClass {
  new (message: string, fields: object, options?: ErrorOptions): Error;
  readonly prototype: UnbilledUsageError;
}

/** The base class of all errors of this library. */
export const UnbilledUsageError = class UnbilledUsageError extends Error {
  constructor(message: string, fields: object, options?: ErrorOptions) {
    super(clean(redact(message)), options);
    for (const [name, value] of Object.entries(fields)) {
      (this as Record<string, unknown>)[name] = typeof value === 'string' ? redact(value) : value;
    }
  }
} as unknown as BaseClass;

/** The input is invalid. Nothing was sent. */
export class InvalidRequestError extends UnbilledUsageError {
  override readonly name = 'InvalidRequestError';
  readonly code = 'INVALID_REQUEST';
  /** The invalid option or property, such as `currencyCode`. */
  declare readonly field: string;

  constructor(field: string, value: string, allowed: string) {
    super(`${field} must be ${allowed}, not ${value}.`, { field } satisfies Fields<InvalidRequestError>);
  }
}

const advice: Record<number, string> = {
  401: 'The token is missing, expired or not for https://graph.microsoft.com.',
  403: 'The token needs PartnerBilling.Read.All in the tenant of the partner.',
  404: 'Check the ID and the tenant.',
  410: 'Start a new export.',
};

/**
 * Microsoft Graph answered with an error, or with a redirect, which the library never follows.
 *
 * @see https://learn.microsoft.com/graph/errors
 */
export class GraphRequestError extends UnbilledUsageError {
  override readonly name = 'GraphRequestError';
  readonly code = 'GRAPH_REQUEST';
  /** The HTTP status. */
  declare readonly status: number;
  /** The error code in the body. Branch on this code, never on the message. */
  declare readonly graphCode?: string;
  /** The ID that the service gave the request. Quote it when you contact Microsoft's support. */
  declare readonly requestId?: string;
  /** The ID that the library gave the request. */
  declare readonly clientRequestId: string;
  /** The time of the answer, according to the service. */
  declare readonly date?: string;
  /** The wait that the service asks for, in ms. */
  declare readonly retryAfterMs?: number;

  constructor(request: string, message: string, fields: Fields<GraphRequestError>) {
    const { status, graphCode = '', requestId = 'unknown', clientRequestId, date = 'no date' } = fields;
    const ids = `request-id ${requestId}, client-request-id ${clientRequestId}, ${date}`;
    super(`${request} answered ${status} ${graphCode} ${message} ${advice[status] ?? ''} (${ids}).`, fields);
  }
}

/** No answer came, even after all retries. `cause` is the error of the last attempt. */
export class NetworkError extends UnbilledUsageError {
  override readonly name = 'NetworkError';
  readonly code = 'NETWORK';
  /** The number of requests that were sent. */
  declare readonly attempts: number;

  constructor(request: string, attempts: number, cause: unknown) {
    super(
      `${request} got no answer on attempt ${attempts}: ${reason(cause)}.`,
      { attempts } satisfies Fields<NetworkError>,
      { cause },
    );
  }
}

/** The export failed. */
export class ExportFailedError extends UnbilledUsageError {
  override readonly name = 'ExportFailedError';
  readonly code = 'EXPORT_FAILED';
  /** The export. */
  declare readonly handle: ExportHandle;
  /** The code of the operation's error. */
  declare readonly graphCode: string;
  /** True if the period has no usage in this currency. Nothing went wrong. */
  declare readonly noData: boolean;

  constructor(handle: ExportHandle, error: PublicError) {
    const graphCode = excerpt(error.code);
    super(`Export ${handle.operationId} failed with code ${graphCode}: ${quote(error.message)}.`, {
      handle,
      graphCode,
      noData: graphCode === '5000',
    } satisfies Fields<ExportFailedError>);
  }
}

/** The deadline passed before the export finished. It continues at the service: wait again with the same handle. */
export class WaitTimeoutError extends UnbilledUsageError {
  override readonly name = 'WaitTimeoutError';
  readonly code = 'WAIT_TIMEOUT';
  /** The export. Wait for it again with this handle. */
  declare readonly handle: ExportHandle;
  /** The result of the last poll. Absent if no poll was answered. */
  declare readonly lastStatus: ExportStatus | undefined;

  constructor(handle: ExportHandle, timeoutMs: number, lastStatus: ExportStatus | undefined, cause: unknown) {
    const last = lastStatus ? `is still ${quote(lastStatus.operation.status)}` : 'has not answered';
    super(
      `Export ${handle.operationId} ${last} after ${timeoutMs} ms. Wait again with its handle.`,
      { handle, lastStatus } satisfies Fields<WaitTimeoutError>,
      { cause },
    );
  }
}

/** The service broke the contract. Please report it: either the contract or the service is wrong. */
export class ContractError extends UnbilledUsageError {
  override readonly name = 'ContractError';
  readonly code = 'CONTRACT';
  /** The wrong part of the answer, such as `Location` or `manifest.blobs`. */
  declare readonly where: string;
  /** The export, if it is known. You can poll it again. */
  declare readonly handle?: ExportHandle;

  constructor(where: string, problem: string, handle?: ExportHandle) {
    super(`${where} ${problem}${handle ? ` (export ${handle.operationId})` : ''}.`, {
      where,
      handle,
    } satisfies Fields<ContractError>);
  }
}

/** A blob could not be read completely. Discard its line items: only the checksum at its end can confirm them. */
export class BlobError extends UnbilledUsageError {
  override readonly name = 'BlobError';
  readonly code = 'BLOB';
  /** The name in the manifest. */
  declare readonly blobName: string;
  /** The HTTP status, if the storage answered with an error. */
  declare readonly status?: number;
  /** The storage's error code, such as `AuthenticationFailed`. */
  declare readonly storageCode?: string;

  constructor(
    blobName: string,
    problem: string,
    { status, storageCode }: { status?: number; storageCode?: string | undefined } = {},
  ) {
    super(`Blob ${quote(blobName)} ${problem}.`, { blobName, status, storageCode } satisfies Fields<BlobError>);
  }
}

/** The `eTag` of the manifest changed: the data was exported again in the meantime. Read it from the start. */
export class DataVersionError extends UnbilledUsageError {
  override readonly name = 'DataVersionError';
  readonly code = 'DATA_VERSION';
  /** The `eTag` of the first manifest. */
  declare readonly expected: string | undefined;
  /** The `eTag` of the new manifest. */
  declare readonly actual: string | undefined;

  constructor(expected: string | undefined, actual: string | undefined, advice = 'Read it from the start.') {
    super(`The data has changed: eTag ${quote(expected)} is now ${quote(actual)}. ${advice}`, {
      expected,
      actual,
    } satisfies Fields<DataVersionError>);
  }
}

/** A line of a blob is not a JSON object, or is longer than 32 MiB. */
export class LineItemError extends UnbilledUsageError {
  override readonly name = 'LineItemError';
  readonly code = 'LINE_ITEM';
  /** The name in the manifest. */
  declare readonly blobName: string;
  /** Counts from 1 and includes blank lines. */
  declare readonly lineNumber: number;

  constructor(blobName: string, lineNumber: number, problem: string) {
    super(`Line ${lineNumber} of blob ${quote(blobName)} ${problem}.`, {
      blobName,
      lineNumber,
    } satisfies Fields<LineItemError>);
  }
}

/** The directory cannot be used: it is read-only, full, in use by another run, or contains other files. */
export class DirectoryError extends UnbilledUsageError {
  override readonly name = 'DirectoryError';
  readonly code = 'DIRECTORY';
  /** The file or directory that caused the error. */
  declare readonly path: string;

  /** A text as `problem` completes the sentence that begins with the path. */
  constructor(path: string, problem: unknown, cause = typeof problem === 'string' ? undefined : problem) {
    const text = typeof problem === 'string' ? ` ${problem}` : `: ${reason(problem)}`;
    super(`${path}${text}.`, { path } satisfies Fields<DirectoryError>, { cause });
  }
}
