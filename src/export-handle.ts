import { ContractError, InvalidRequestError } from './errors.ts';
import type { ExportHandle } from './export.ts';
import { bareUrl, quote } from './redact.ts';

/**
 * The handle of the export that an answer started. Of the `Location` only the id is used, whichever host it names: the
 * operation is asked for at the base URL, so that the token stays there.
 *
 * @throws {@link ContractError} when there is no `Location`, or it names no operation
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
 * The handle that a caller gave: one that `startExport` returned, an operation's id or its URL.
 *
 * @throws {@link InvalidRequestError}
 */
export function checkHandle(given: ExportHandle | string, baseUrl: string): ExportHandle {
  const isText = typeof given === 'string';
  const operationId = !isText ? given?.operationId : /^https?:/i.test(given) ? idIn(given, 'operations') : given;
  const location = isText ? '' : given?.location;
  if (!isId(operationId) || typeof location !== 'string') {
    throw new InvalidRequestError('handle', quote(given), 'what startExport returned, an operation id or its URL');
  }
  return {
    operationId,
    location: URL.canParse(location)
      ? bareUrl(location)
      : `${baseUrl}/reports/partners/billing/operations/${encodeURIComponent(operationId)}`,
  };
}

/** The id that a link to one resource of a collection ends with, be the link relative, with a trailing slash or a query. */
export function idIn(link: string, collection: string, base = 'https://graph.microsoft.com'): string | undefined {
  try {
    const { pathname } = new URL(link, base);
    const id = decodeURIComponent(new RegExp(`/${collection}/+([^/]+)/*$`).exec(pathname)?.[1] ?? '');
    return isId(id) ? id : undefined;
  } catch {
    return undefined; // Neither a URL nor well encoded.
  }
}

function isId(id: unknown): id is string {
  return typeof id === 'string' && /^(?!\.\.?$)[^\s/\\?#\p{Cs}\p{Cc}]+$/u.test(id);
}
