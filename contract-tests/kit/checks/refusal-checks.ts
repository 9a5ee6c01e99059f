import { breach, type Check, documentation, schemaBreaches } from './check.ts';
import type { Exchange } from './exchange.ts';
import type { Refusal, Visit } from './visit.ts';

function refused(name: string, demands: string, see: string, status: number, ...requests: Refusal[]): Check {
  return {
    name,
    demands,
    see,
    breaches({ refusals }) {
      const answers = requests.map((each) => [each, refusals[each]] as const);
      if (answers.some(([, answer]) => !answer)) return undefined;
      return answers.flatMap(([each, answer]) =>
        answer?.status === status ? [] : [breach(each, `${answer?.status}`, `${status}`, answer)],
      );
    },
  };
}

/** Returns the answers that are errors, each with the name of its request. */
function errorsOf({ refusals }: Visit): [string, Exchange][] {
  return Object.entries(refusals).filter(([, { status }]) => status >= 400);
}

export const refusalChecks: Check[] = [
  refused(
    'refuses-without-token',
    'answers 401 to a request without a bearer token',
    documentation.errors,
    401,
    'exportWithoutToken',
    'operationWithoutToken',
  ),
  refused(
    'refuses-unknown-period',
    'answers 400 to a billing period that does not exist',
    documentation.exportAction,
    400,
    'unknownPeriod',
  ),
  refused(
    'refuses-unknown-attribute-set',
    'answers 400 to an attribute set that does not exist',
    documentation.exportAction,
    400,
    'unknownAttributeSet',
  ),
  refused(
    'refuses-missing-currency',
    'answers 400 to an export without a currency',
    documentation.exportAction,
    400,
    'missingCurrency',
  ),
  refused(
    'refuses-unknown-operation',
    'answers 404 for an operation that does not exist',
    documentation.errors,
    404,
    'unknownOperation',
  ),
  refused(
    'refuses-unknown-manifest',
    'answers 404 for a manifest that does not exist',
    documentation.errors,
    404,
    'unknownManifest',
  ),
  {
    name: 'error-body',
    demands: "sends errors in Microsoft Graph's error format",
    see: documentation.errors,
    breaches: (visit) =>
      errorsOf(visit).flatMap(([name, exchange]) =>
        exchange.json === undefined
          ? [breach(name, 'a body that is not JSON', 'an error with code and message', exchange)]
          : schemaBreaches(name, '/components/schemas/GraphError', exchange.json, exchange),
      ),
  },
  {
    name: 'error-request-id',
    demands: 'sends a request-id with every error, for support',
    see: documentation.bestPractices,
    breaches: (visit) =>
      errorsOf(visit)
        .filter(([, { headers, text }]) => !headers.has('request-id') && !text.includes('"request-id"'))
        .map(([name, exchange]) => breach(name, 'no request-id', 'one, in a header or in innerError', exchange)),
  },
];
