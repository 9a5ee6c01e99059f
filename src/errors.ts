import type { ExportHandle } from './export-handle.ts';
import type { ExportStatus } from './export-operation.ts';
import { excerpt, quote, reason } from './redact.ts';

export type ErrorCode =
  | 'INVALID_REQUEST'
  | 'GRAPH_REQUEST'
  | 'NETWORK'
  | 'EXPORT_FAILED'
  | 'WAIT_TIMEOUT'
  | 'CONTRACT'
  | 'BLOB'
  | 'DATA_VERSION'
  | 'LINE_ITEM';

/** What every error of this library has in common. `code` is a literal for a `switch`; `name` is the class's name. */
export abstract class UnbilledUsageError extends Error {
  abstract override readonly name: string;
  abstract readonly code: ErrorCode;
}

/** Bad input. Nothing has been sent. */
export class InvalidRequestError extends UnbilledUsageError {
  override readonly name = 'InvalidRequestError';
  readonly code = 'INVALID_REQUEST';
  /** The option or property that is wrong, such as `currencyCode`. */
  readonly field: string;

  constructor(field: string, given: string, allowed: string) {
    super(`${field} is ${given}; allowed is ${allowed}.`);
    this.field = field;
  }
}

const advice: Record<number, string> = {
  401: 'The token is missing, expired or not for https://graph.microsoft.com.',
  403: 'The token needs PartnerBilling.Read.All, and its tenant must be the partner.',
  404: 'Is the id right, and asked for with the tenant that started the export?',
  410: 'It has expired: start a new export.',
};

/**
 * Microsoft Graph answered with an error (or a redirect, which is never followed).
 *
 * @see https://learn.microsoft.com/graph/errors
 */
export class GraphRequestError extends UnbilledUsageError {
  override readonly name = 'GraphRequestError';
  readonly code = 'GRAPH_REQUEST';
  readonly status: number;
  /** The error code of the body. Branch on it, never on the message. */
  readonly graphCode?: string;
  /** The service's id of the request. Quote it to the vendor's support. */
  readonly requestId?: string;
  /** Our id of the request. */
  readonly clientRequestId: string;
  /** When the service answered, as it says. */
  readonly date?: string;
  /** How long the service asks to wait, in ms. */
  readonly retryAfterMs?: number;

  constructor(
    asked: string,
    answer: {
      status: number;
      message: string;
      clientRequestId: string;
      graphCode?: string | undefined;
      requestId?: string | undefined;
      date?: string | undefined;
      retryAfterMs?: number | undefined;
    },
  ) {
    const { status, message, graphCode, requestId, clientRequestId, date, retryAfterMs } = answer;
    const said = excerpt([graphCode, message].filter(Boolean).join(': '));
    const ids = `request-id ${requestId ?? 'unknown'}, client-request-id ${clientRequestId}, ${date ?? 'no date'}`;
    super([asked, 'answered', status, said, `(${ids}).`, advice[status]].filter(Boolean).join(' '));
    this.status = status;
    this.clientRequestId = clientRequestId;
    if (graphCode !== undefined) this.graphCode = graphCode;
    if (requestId !== undefined) this.requestId = requestId;
    if (date !== undefined) this.date = date;
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }
}

/** No answer, after all retries. `cause` is what the last attempt met. */
export class NetworkError extends UnbilledUsageError {
  override readonly name = 'NetworkError';
  readonly code = 'NETWORK';
  readonly attempts: number;

  constructor(asked: string, attempts: number, cause: unknown) {
    super(`${asked} got no answer in ${attempts} attempt(s): ${reason(cause)}.`, { cause });
    this.attempts = attempts;
  }
}

/** The operation ended in failure. */
export class ExportFailedError extends UnbilledUsageError {
  override readonly name = 'ExportFailedError';
  readonly code = 'EXPORT_FAILED';
  readonly handle: ExportHandle;
  /** The code of the operation's public error. */
  readonly graphCode: string;
  /** Nothing went wrong: the period has no usage in this currency. */
  readonly noData: boolean;

  constructor(handle: ExportHandle, error: { code: string; message: string }) {
    super(`Export ${handle.operationId} failed with ${quote(error.code)}: ${quote(error.message)}.`);
    this.handle = handle;
    this.graphCode = error.code;
    this.noData = error.code === '5000';
  }
}

/** The deadline passed before the export had finished. It goes on at the service: wait again with the same handle. */
export class WaitTimeoutError extends UnbilledUsageError {
  override readonly name = 'WaitTimeoutError';
  readonly code = 'WAIT_TIMEOUT';
  readonly handle: ExportHandle;
  /** What the last poll said; absent when none got an answer. */
  readonly lastStatus: ExportStatus | undefined;

  constructor(handle: ExportHandle, timeoutMs: number, lastStatus: ExportStatus | undefined, cause: unknown) {
    const last = lastStatus ? `its last status is ${quote(lastStatus.operation.status)}` : 'no poll was answered';
    super(`Export ${handle.operationId} does not end within ${timeoutMs} ms; ${last}. Wait again with its handle.`, {
      cause,
    });
    this.handle = handle;
    this.lastStatus = lastStatus;
  }
}

/** An answer of the service breaks the contract. Please report it: the contract or the service is wrong. */
export class ContractError extends UnbilledUsageError {
  override readonly name = 'ContractError';
  readonly code = 'CONTRACT';
  /** The part of the answer that is wrong, such as `Location` or `manifest.blobs`. */
  readonly where: string;
  /** The export, when it is known: it can be asked for again. */
  readonly handle?: ExportHandle;

  constructor(where: string, problem: string, handle?: ExportHandle) {
    super(`${where} ${problem}${handle ? ` (export ${handle.operationId})` : ''}.`);
    this.where = where;
    if (handle) this.handle = handle;
  }
}

/** A blob cannot be read to its end. Discard what was read of it: the checksum that vouches for it comes last. */
export class BlobError extends UnbilledUsageError {
  override readonly name = 'BlobError';
  readonly code = 'BLOB';
  readonly blobName: string;
  /** The HTTP status of the storage, when it answered with an error. */
  readonly status?: number;
  /** The storage's error code, such as `AuthenticationFailed`. */
  readonly storageCode?: string;

  constructor(blobName: string, problem: string, answer?: { status: number; storageCode?: string | undefined }) {
    super(`Blob ${quote(blobName)} ${problem}.`);
    this.blobName = blobName;
    if (answer) this.status = answer.status;
    if (answer?.storageCode !== undefined) this.storageCode = answer.storageCode;
  }
}

/** The manifest came back with another `eTag`: the data has been exported anew meanwhile. Read it from the start. */
export class DataVersionError extends UnbilledUsageError {
  override readonly name = 'DataVersionError';
  readonly code = 'DATA_VERSION';
  readonly expected: string | undefined;
  readonly actual: string | undefined;

  constructor(expected: string | undefined, actual: string | undefined) {
    super(
      `The data changed while it was read: eTag ${quote(expected)} became ${quote(actual)}. Read it from the start.`,
    );
    this.expected = expected;
    this.actual = actual;
  }
}

/** A line of a blob is not a JSON object. */
export class LineItemError extends UnbilledUsageError {
  override readonly name = 'LineItemError';
  readonly code = 'LINE_ITEM';
  readonly blobName: string;
  /** Counted from 1, blank lines included. */
  readonly lineNumber: number;

  constructor(blobName: string, lineNumber: number, line: string) {
    super(`Line ${lineNumber} of blob ${quote(blobName)} is not a JSON object: ${quote(line)}.`);
    this.blobName = blobName;
    this.lineNumber = lineNumber;
  }
}
