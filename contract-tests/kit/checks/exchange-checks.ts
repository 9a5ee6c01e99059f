import { problems } from '../document/problems.ts';
import { quote } from '../document/quote.ts';
import type { Exchange } from './ask.ts';
import { breach, type Check, documentation } from './check.ts';
import type { Visit } from './visit.ts';

function exchangesOf({ exported, polls, pollAfterwards, linkedManifest, refusals }: Visit): Exchange[] {
  return [exported, ...polls, pollAfterwards, linkedManifest, ...Object.values(refusals)].filter(
    (each) => each !== undefined,
  );
}

/** The rules for every answer of Microsoft Graph. */
export const exchangeChecks: Check[] = [
  {
    name: 'retry-after',
    demands: 'writes Retry-After as seconds or as an HTTP date',
    see: documentation.retryAfter,
    breaches: (visit) =>
      exchangesOf(visit).flatMap(({ method, path, headers }) => {
        const value = headers.get('retry-after');
        if (value === null) return [];
        return problems('/components/headers/RetryAfter/schema', value).map(
          (problem) => `${method} ${path} ${problem}`,
        );
      }),
  },
  {
    name: 'client-request-id',
    demands: 'returns client-request-id as it was sent, if it returns one',
    see: documentation.bestPractices,
    breaches: (visit) =>
      exchangesOf(visit).flatMap(({ method, path, clientRequestId, headers }) => {
        const value = headers.get('client-request-id') ?? clientRequestId;
        return value === clientRequestId
          ? []
          : [breach(`${method} ${path}`, quote(value), `${quote(clientRequestId)}, as sent`)];
      }),
  },
  {
    name: 'media-type',
    demands: 'marks every body as application/json',
    see: documentation.bestPractices,
    breaches: (visit) =>
      exchangesOf(visit).flatMap(({ method, path, headers, text, status }) => {
        const type = headers.get('content-type') ?? 'none';
        const right = !text || status === 202 || type.split(';')[0]?.trim() === 'application/json';
        return right ? [] : [breach(`${method} ${path}`, `the media type ${quote(type)}`, 'application/json')];
      }),
  },
];
