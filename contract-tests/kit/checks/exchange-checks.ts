import { quote } from '../document/quote.ts';
import { isTransient } from './ask.ts';
import { breach, type Check, documentation, schemaBreaches } from './check.ts';

/** The rules for every answer of Microsoft Graph. */
export const exchangeChecks: Check[] = [
  {
    name: 'retry-after',
    demands: 'writes Retry-After as seconds or as an HTTP date',
    see: documentation.retryAfter,
    breaches: ({ exchanges }) =>
      exchanges.flatMap((exchange) => {
        const value = exchange.headers.get('retry-after');
        if (value === null) return [];
        return schemaBreaches('Retry-After', '/components/headers/RetryAfter/schema', value, exchange);
      }),
  },
  {
    name: 'client-request-id',
    demands: 'returns client-request-id as it was sent, if it returns one',
    see: documentation.bestPractices,
    breaches: ({ exchanges }) =>
      exchanges.flatMap((exchange) => {
        const id = exchange.requestHeaders['client-request-id'] ?? '';
        const value = exchange.headers.get('client-request-id') ?? id;
        return value === id ? [] : [breach('client-request-id', quote(value), `${quote(id)}, as sent`, exchange)];
      }),
  },
  {
    name: 'media-type',
    demands: 'marks every body as application/json',
    see: documentation.bestPractices,
    breaches: ({ exchanges }) =>
      exchanges.flatMap((exchange) => {
        const { headers, text, status } = exchange;
        const type = headers.get('content-type');
        // A gateway has its own page for a busy service.
        const exempt = !text || status === 202 || isTransient(status);
        const right = exempt || type?.split(';')[0]?.trim().toLowerCase() === 'application/json';
        return right
          ? []
          : [breach('Content-Type', type === null ? 'none' : quote(type), 'application/json', exchange)];
      }),
  },
];
