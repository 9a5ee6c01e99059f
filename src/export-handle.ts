import { ContractError, InvalidRequestError } from './errors.ts';
import type { ExportHandle } from './export.ts';
import { bareUrl, quote } from './redact.ts';

/**
 * Returns the handle of a new export. It uses only the ID in the `Location`, whatever host that names, so that the
 * token never leaves the base URL.
 *
 * @throws A {@link ContractError} if there is no `Location`, or if it names no operation
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.location
 */
export function handleOf(location: string | null, requestUrl: string): ExportHandle {
  const operationId = idIn(location ?? '', 'operations', requestUrl);
  if (!location || !operationId) {
    throw new ContractError('Location', location ? `names no operation: ${quote(location)}` : 'is missing');
  }
  return { operationId, location: bareUrl(new URL(location, requestUrl)) };
}

/**
 * Returns the handle for what a caller passed: a handle, the ID of an operation, or its URL.
 *
 * @throws An {@link InvalidRequestError}
 */
export function checkHandle(value: ExportHandle | string, baseUrl: string): ExportHandle {
  const isText = typeof value === 'string';
  const operationId = !isText ? value?.operationId : /^https?:/i.test(value) ? idIn(value, 'operations') : value;
  const location = isText ? '' : value?.location;
  if (!isId(operationId) || typeof location !== 'string') {
    throw new InvalidRequestError('handle', quote(value), 'what startExport returned, an operation ID or its URL');
  }
  return {
    operationId,
    location: URL.canParse(location)
      ? bareUrl(location)
      : `${baseUrl}/reports/partners/billing/operations/${encodeURIComponent(operationId)}`,
  };
}

/**
 * Returns the ID at the end of a link into a collection. The link may be relative and have a trailing slash or a query.
 */
export function idIn(link: string, collection: string, base = 'https://graph.microsoft.com'): string | undefined {
  try {
    const { pathname } = new URL(link, base);
    const id = decodeURIComponent(new RegExp(`/${collection}/+([^/]+)/*$`).exec(pathname)?.[1] ?? '');
    return isId(id) ? id : undefined;
  } catch {
    return undefined; // It is not a URL, or its encoding is malformed.
  }
}

function isId(id: unknown): id is string {
  return typeof id === 'string' && /^(?!\.\.?$)[^\s/\\?#\p{Cs}\p{Cc}]+$/u.test(id);
}
