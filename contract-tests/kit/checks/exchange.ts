import { excerpt, printable, withoutSecrets } from '../document/quote.ts';

/** A request and its answer. */
export interface Exchange {
  method: string;
  /** Without a query. */
  url: string;
  /** The shell variable with the query, such as `SAS`. Absent if the request had none. */
  query?: string;
  /** Without the token. */
  requestHeaders: Record<string, string>;
  requestBody?: string;
  hasToken: boolean;
  status: number;
  headers: Headers;
  text: string;
  /** The body, if it is JSON. */
  json?: unknown;
}

/** An exchange for a report, without secrets. */
export interface ShownExchange {
  /** The method of the request. */
  method: string;
  /** The URL of the request, without its query. */
  url: string;
  /** The status of the answer. */
  status: number;
  /** The headers of the answer that help to understand a breach. */
  headers: Record<string, string>;
  /** The first 200 characters of the body. */
  excerpt: string;
  /** The command that repeats the request. It takes the token and the SAS from variables. */
  curl: string;
}

/** The headers that help to understand a breach. */
const SHOWN = [
  ...['content-type', 'content-encoding', 'content-length', 'content-md5', 'content-range', 'date', 'etag', 'location'],
  ...['request-id', 'client-request-id', 'retry-after', 'www-authenticate', 'x-ms-blob-content-md5', 'x-ms-error-code'],
];

/** Returns an exchange as a report shows it. `tokenVariable` is the environment variable with the token. */
export function show(exchange: Exchange, tokenVariable: string): ShownExchange {
  const { method, url, status, headers, text } = exchange;
  const present = SHOWN.flatMap((name) => {
    const value = headers.get(name);
    return value === null ? [] : [[name, excerpt(value)]];
  });
  return {
    method,
    url: printable(withoutSecrets(url)),
    status,
    headers: Object.fromEntries(present),
    excerpt: excerpt(text),
    curl: printable(curlOf({ ...exchange, url: withoutSecrets(url) }, tokenVariable)),
  };
}

function curlOf(
  { method, url, query, requestHeaders, requestBody, hasToken }: Exchange,
  tokenVariable: string,
): string {
  return [
    'curl --include',
    ...(method === 'GET' ? [] : [`--request ${method}`]),
    ...(hasToken ? [`--header "authorization: Bearer $${tokenVariable}"`] : []),
    ...Object.entries(requestHeaders).map(([name, value]) => `--header ${quoted(`${name}: ${value}`)}`),
    ...(requestBody === undefined ? [] : [`--data ${quoted(requestBody)}`]),
    quoted(url) + (query === undefined ? '' : `"?$${query}"`),
  ].join(' ');
}

function quoted(argument: string): string {
  return `'${argument.replaceAll("'", String.raw`'\''`)}'`;
}
