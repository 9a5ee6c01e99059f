const operationId = '9ab9cb54-d07f-4f52-9ea6-a09d7de52c14';
export const exportPath = '/reports/partners/billing/usage/unbilled/export';
export const operationPath = `/reports/partners/billing/operations/${operationId}`;
export const valid = { currencyCode: 'USD', billingPeriod: 'current' };
export const headers = { authorization: 'Bearer token', 'content-type': 'application/json' };

export const post = (body: unknown, changes: Record<string, string | undefined> = {}): RequestInit => ({
  method: 'POST',
  headers: Object.entries({ ...headers, ...changes }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  ),
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

/** Invalid requests: what is wrong, the path, the request, and the expected status. */
export const wrongRequests: [string, string, RequestInit, number][] = [
  ['a billing period that does not exist', exportPath, post({ ...valid, billingPeriod: 'next' }), 400],
  ['the placeholder as billing period', exportPath, post({ ...valid, billingPeriod: 'unknownFutureValue' }), 400],
  ['an attribute set that does not exist', exportPath, post({ ...valid, attributeSet: 'all' }), 400],
  ['the placeholder as attribute set', exportPath, post({ ...valid, attributeSet: 'unknownFutureValue' }), 400],
  ['a currency in lower case', exportPath, post({ ...valid, currencyCode: 'usd' }), 400],
  ['a currency of four letters', exportPath, post({ ...valid, currencyCode: 'USDX' }), 400],
  ['a number as currency', exportPath, post({ ...valid, currencyCode: 840 }), 400],
  ['no currency', exportPath, post({ billingPeriod: 'last' }), 400],
  ['no billing period', exportPath, post({ currencyCode: 'USD' }), 400],
  ['a parameter that does not exist', exportPath, post({ ...valid, attributeset: 'basic' }), 400],
  ['a list as body', exportPath, post([valid]), 400],
  ['no body', exportPath, { method: 'POST', headers }, 400],
  ['another media type', exportPath, post(valid, { 'content-type': 'text/plain' }), 415],
  ['no token', exportPath, post(valid, { authorization: undefined }), 401],
  ['a scheme other than Bearer', exportPath, post(valid, { authorization: 'Basic dTpw' }), 401],
  ['no token for an operation', operationPath, {}, 401],
];
