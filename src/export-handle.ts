import { ContractError, InvalidRequestError } from './errors.ts';
import { excerpt, quote } from './redact.ts';

/** Where an export can be asked for. Plain JSON: store it and go on in another process, another day. */
export interface ExportHandle {
  operationId: string;
  /** The `Location` that the service answered with, made absolute. For people: the library uses the id only. */
  location: string;
}

/**
 * The handle of the export that an answer started. Of the `Location` only the id is used, whichever host it names: the
 * operation is asked for at the base URL, so that the token stays there.
 *
 * @throws {@link ContractError} when there is no `Location`, or it names no operation
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.location
 */
export function handleOf(location: string | null, requestUrl: string): ExportHandle {
  if (!location) throw new ContractError('Location', 'is missing in the answer that started an export');
  const operationId = idIn(location, 'operations', requestUrl);
  if (!operationId) throw new ContractError('Location', `names no operation: "${excerpt(location)}"`);
  return { operationId, location: new URL(location, requestUrl).href };
}

/**
 * The handle that a caller gave: one that `startExport` returned, an operation's id or its URL.
 *
 * @throws {@link InvalidRequestError}
 */
export function checkHandle(given: ExportHandle | string, baseUrl: string): ExportHandle {
  if (typeof given === 'string') {
    const operationId = /^https?:/i.test(given) ? idIn(given, 'operations') : given;
    if (isId(operationId)) {
      return {
        operationId,
        location: `${baseUrl}/reports/partners/billing/operations/${encodeURIComponent(operationId)}`,
      };
    }
  } else if (isId(given?.operationId) && typeof given.location === 'string') {
    return { operationId: given.operationId, location: given.location };
  }
  throw new InvalidRequestError('handle', quote(given), 'what startExport returned, an operation id or its URL');
}

/** The id that a link to one resource of a collection ends with, be the link relative, with a trailing slash or a query. */
export function idIn(link: string, collection: string, base = 'https://graph.microsoft.com'): string | undefined {
  try {
    const [last = '', parent] = new URL(link, base).pathname.split('/').filter(Boolean).reverse();
    const id = decodeURIComponent(last);
    return parent === collection && isId(id) ? id : undefined;
  } catch {
    return undefined; // Neither a URL nor well encoded.
  }
}

function isId(id: unknown): id is string {
  return typeof id === 'string' && /^[^\s/\\?#\p{Cs}]+$/u.test(id) && id !== '.' && id !== '..';
}
