import type { PublicError } from '../generated/index.ts';
import type { ExportHandle, ExportStatus } from './export.ts';
import { clean, excerpt, quote, reason, redact } from './redact.ts';

/** What `code` of an error can be; one for each class. */
export type ErrorCode =
  | 'INVALID_REQUEST'
  | 'GRAPH_REQUEST'
  | 'NETWORK'
  | 'EXPORT_FAILED'
  | 'WAIT_TIMEOUT'
  | 'CONTRACT'
  | 'BLOB'
  | 'DATA_VERSION'
  | 'LINE_ITEM'
  | 'DIRECTORY';

/** The fields of a class of errors besides those that every error has. */
export type Fields<E extends UnbilledUsageError, K extends keyof E = Exclude<keyof E, keyof UnbilledUsageError>> = {
  [Name in K & string]: E[Name] | (object extends Pick<E, Name> ? undefined : never);
};

/**
 * What every error of this library has in common. `code` is a literal for a `switch`; `name` is the class's name. No
 * message and no text in a field holds a secret, and no message holds a character that a terminal obeys.
 */
export abstract class UnbilledUsageError extends Error {
  abstract override readonly name: string;
  abstract readonly code: ErrorCode;

  constructor(message: string, fields: object, options?: ErrorOptions) {
    super(clean(redact(message)), options);
    for (const [name, value] of Object.entries(fields)) {
      (this as Record<string, unknown>)[name] = typeof value === 'string' ? redact(value) : value;
    }
  }
}

/** Bad input. Nothing has been sent. */
export class InvalidRequestError extends UnbilledUsageError {
  override readonly name = 'InvalidRequestError';
  readonly code = 'INVALID_REQUEST';
  /** The option or property that is wrong, such as `currencyCode`. */
  declare readonly field: string;

  constructor(field: string, given: string, allowed: string) {
    super(`${field} is ${given}; allowed is ${allowed}.`, { field } satisfies Fields<InvalidRequestError>);
  }
}

const advice: Record<number, string> = {
  401: 'The token is missing, expired or not for https://graph.microsoft.com.',
  403: 'The token needs PartnerBilling.Read.All in the tenant of the partner.',
  404: 'Check the id, and use the tenant that started the export.',
  410: 'Start a new export.',
};

/**
 * Microsoft Graph answered with an error, or with a redirect, which is never followed.
 *
 * @see https://learn.microsoft.com/graph/errors
 */
export class GraphRequestError extends UnbilledUsageError {
  override readonly name = 'GraphRequestError';
  readonly code = 'GRAPH_REQUEST';
  declare readonly status: number;
  /** The error code of the body. Branch on it, never on the message. */
  declare readonly graphCode?: string;
  /** The service's id of the request. Quote it to the vendor's support. */
  declare readonly requestId?: string;
  /** Our id of the request. */
  declare readonly clientRequestId: string;
  /** When the service answered, as it says. */
  declare readonly date?: string;
  /** How long the service asks to wait, in ms. */
  declare readonly retryAfterMs?: number;

  constructor(asked: string, said: string, fields: Fields<GraphRequestError>) {
    const { status, graphCode = '', requestId = 'unknown', clientRequestId, date = 'no date' } = fields;
    const ids = `request-id ${requestId}, client-request-id ${clientRequestId}, ${date}`;
    super(`${asked} answered ${status} ${graphCode} ${said} ${advice[status] ?? ''} (${ids}).`, fields);
  }
}

/** No answer, after all retries. `cause` is what the last attempt met. */
export class NetworkError extends UnbilledUsageError {
  override readonly name = 'NetworkError';
  readonly code = 'NETWORK';
  declare readonly attempts: number;

  constructor(asked: string, attempts: number, cause: unknown) {
    super(
      `${asked} got no answer in ${attempts} attempt(s): ${reason(cause)}.`,
      { attempts } satisfies Fields<NetworkError>,
      { cause },
    );
  }
}

/** The operation ended in failure. */
export class ExportFailedError extends UnbilledUsageError {
  override readonly name = 'ExportFailedError';
  readonly code = 'EXPORT_FAILED';
  declare readonly handle: ExportHandle;
  /** The code of the operation's public error. */
  declare readonly graphCode: string;
  /** Nothing went wrong: the period has no usage in this currency. */
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

/** The deadline passed before the export had finished. It goes on at the service: wait again with the same handle. */
export class WaitTimeoutError extends UnbilledUsageError {
  override readonly name = 'WaitTimeoutError';
  readonly code = 'WAIT_TIMEOUT';
  declare readonly handle: ExportHandle;
  /** What the last poll said; absent when none got an answer. */
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

/** An answer of the service breaks the contract. Please report it: the contract or the service is wrong. */
export class ContractError extends UnbilledUsageError {
  override readonly name = 'ContractError';
  readonly code = 'CONTRACT';
  /** The part of the answer that is wrong, such as `Location` or `manifest.blobs`. */
  declare readonly where: string;
  /** The export, when it is known: it can be asked for again. */
  declare readonly handle?: ExportHandle;

  constructor(where: string, problem: string, handle?: ExportHandle) {
    super(`${where} ${problem}${handle ? ` (export ${handle.operationId})` : ''}.`, {
      where,
      handle,
    } satisfies Fields<ContractError>);
  }
}

/** A blob cannot be read to its end. Discard what was read of it: the checksum that vouches for it comes last. */
export class BlobError extends UnbilledUsageError {
  override readonly name = 'BlobError';
  readonly code = 'BLOB';
  declare readonly blobName: string;
  /** The HTTP status of the storage, when it answered with an error. */
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

/** The manifest came back with another `eTag`: the data has been exported anew meanwhile. Read it from the start. */
export class DataVersionError extends UnbilledUsageError {
  override readonly name = 'DataVersionError';
  readonly code = 'DATA_VERSION';
  declare readonly expected: string | undefined;
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
  declare readonly blobName: string;
  /** Counted from 1, blank lines included. */
  declare readonly lineNumber: number;

  constructor(blobName: string, lineNumber: number, problem: string) {
    super(`Line ${lineNumber} of blob ${quote(blobName)} ${problem}.`, {
      blobName,
      lineNumber,
    } satisfies Fields<LineItemError>);
  }
}
