import { parseJson } from '../document/parse-json.ts';

/** The IDs of a request. */
export interface RequestIds {
  requestId: string;
  clientRequestId: string;
}

/** The codes of errors that are not in the contract, because only wrong paths and methods lead to them. */
const codes: Record<number, string> = { 404: 'ResourceNotFound', 405: 'MethodNotAllowed' };

/**
 * Returns the body of an error in the format of Microsoft Graph. The message says what is wrong with the request, if Prism
 * says so. Otherwise, it is that of the contract's example, or Prism's own.
 *
 * @param body The body of Prism's answer.
 * @param violations The value of Prism's header `sl-violations`.
 */
export function graphError(
  status: number,
  body: string,
  violations: string | null,
  { requestId, clientRequestId }: RequestIds,
): object {
  const { error, detail } = JSON.parse(body || '{}');
  // Prism cuts off a long list.
  const problems = (parseJson(violations ?? '') ?? []) as { message: string }[];
  const message = problems.map((problem) => `${problem.message}.`).join(' ');
  // The contract has both spellings.
  const inner = error?.innererror ? 'innererror' : 'innerError';
  const ids = {
    date: new Date().toISOString().slice(0, 19),
    'request-id': requestId,
    'client-request-id': clientRequestId,
  };
  return {
    error: {
      ...error,
      code: error?.code ?? codes[status] ?? 'BadRequest',
      message: message || error?.message || detail || 'The request is invalid.',
      [inner]: ids,
    },
  };
}
