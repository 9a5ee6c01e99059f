import { quote } from '../document/quote.ts';
import { type Breach, breach, type Check, documentation, schemaBreaches, withoutOperation } from './check.ts';
import type { Exchange } from './exchange.ts';
import { isObject, type Visit } from './visit.ts';

const schemas = {
  '#microsoft.graph.partners.billing.runningOperation': 'RunningOperation',
  '#microsoft.graph.partners.billing.exportSuccessOperation': 'ExportSuccessOperation',
  '#microsoft.graph.partners.billing.failedOperation': 'FailedOperation',
} as const;

const statuses: Record<string, string[]> = {
  RunningOperation: ['notstarted', 'running', 'processing'],
  ExportSuccessOperation: ['completed', 'succeeded'],
  FailedOperation: ['failed', 'cancelled', 'skipped'],
};

const SUCCESS = '/components/schemas/ExportSuccessOperation/allOf/2';
const LINK = 'resourceLocation@odata.navigationLink';

type Operation = Record<string, unknown>;

interface Poll {
  where: string;
  exchange: Exchange;
  operation: Operation;
  /** The name of the schema of the operation's type, if that is known. */
  schema?: string;
}

/** Returns the polls of a visit that were answered with an operation. */
function operationsOf({ polls, pollAfterwards }: Visit): Poll[] {
  return [...polls, ...(pollAfterwards ? [pollAfterwards] : [])]
    .filter(({ status, json }) => status === 200 && isObject(json))
    .map((exchange, i) => {
      const operation = exchange.json as Operation;
      const schema = schemas[operation['@odata.type'] as keyof typeof schemas];
      return { where: `poll ${i + 1}`, exchange, operation, ...(schema && { schema }) };
    });
}

/** The parts of an operation that have a check of their own. `operation-schema` checks the rest. */
const parts = {
  'operation-dates': /^\/(createdDateTime|lastActionDateTime):/,
  'operation-error': /^\/error|"error"/,
  // The checks of the manifest cover its contents.
  'operation-manifest': /^\/resourceLocation|"resourceLocation|documented anyOf/,
};

/** Returns the schema breaches of a visit's operations that `belongs` accepts. */
function partBreaches(visit: Visit, belongs: (problem: string) => boolean): Breach[] | undefined {
  const known = operationsOf(visit).filter(({ schema }) => schema);
  return nonEmpty(known)?.flatMap(({ where, operation, schema, exchange }) =>
    schemaBreaches('', `/components/schemas/${schema}`, operation, exchange)
      .filter(({ problem }) => belongs(problem))
      .map(({ problem }) => ({ problem: `${where} ${problem}`, exchange })),
  );
}

function ofPart(part: 'operation-dates' | 'operation-error'): Check['breaches'] {
  return (visit) => partBreaches(visit, (problem) => parts[part].test(problem));
}

/** Returns 0 before the operation runs, 1 while it runs, and 2 afterwards. */
function stage({ operation, schema }: { operation: Operation; schema?: string }): number {
  if (schema !== 'RunningOperation') return 2;
  return `${operation.status}`.toLowerCase() === 'notstarted' ? 0 : 1;
}

export const operationChecks: Check[] = [
  {
    name: 'operation-answered',
    demands: 'answers 200 for a running, a successful and a failed operation alike',
    see: documentation.operation,
    without: withoutOperation,
    breaches: ({ polls, pollAfterwards }) =>
      polls.length === 0
        ? undefined
        : [...polls, ...(pollAfterwards ? [pollAfterwards] : [])]
            .filter(({ status }) => status !== 200)
            .map((exchange) => breach('poll', `${exchange.status}`, '200', exchange)),
  },
  {
    name: 'operation-type',
    demands: 'gives an operation one of the three documented types',
    see: documentation.operationResource,
    without: withoutOperation,
    breaches(visit) {
      const documented = Object.keys(schemas).join(' or ');
      const wrong = operationsOf(visit)
        .filter(({ schema }) => !schema)
        .map(({ where, operation, exchange }) =>
          breach(`${where} @odata.type`, quote(operation['@odata.type']), documented, exchange),
        );
      const others = visit.polls.filter(({ status, json }) => status === 200 && !isObject(json));
      const notObjects = others.map((exchange) =>
        breach('poll', 'a body that is no JSON object', documented, exchange),
      );
      return nonEmpty(visit.polls.filter(({ status }) => status === 200)) && [...wrong, ...notObjects];
    },
  },
  {
    name: 'operation-id',
    demands: 'gives the operation the ID in the Location',
    see: documentation.operationResource,
    without: withoutOperation,
    breaches: (visit) =>
      nonEmpty(operationsOf(visit))
        ?.filter(({ operation: { id } }) => typeof id === 'string' && id !== visit.operationId)
        .map(({ where, operation, exchange }) =>
          breach(`${where} id`, quote(operation.id), `${quote(visit.operationId)}, as in the Location`, exchange),
        ),
  },
  {
    name: 'operation-status',
    demands: 'gives an operation a known status that fits its type',
    see: documentation.operationResource,
    without: withoutOperation,
    breaches: (visit) =>
      nonEmpty(operationsOf(visit))?.flatMap(({ where, operation: { status }, schema, exchange }) => {
        const documented = schema ? statuses[schema] : undefined;
        if (typeof status !== 'string' || !documented || documented.includes(status.toLowerCase())) return [];
        return [breach(`${where} status of a ${schema}`, quote(status), documented.join(' or '), exchange)];
      }),
  },
  {
    name: 'operation-dates',
    demands: 'writes dates as ISO 8601, with or without offset, with up to 7 fractional digits',
    see: documentation.operationResource,
    without: withoutOperation,
    breaches: ofPart('operation-dates'),
  },
  {
    name: 'operation-error',
    demands: 'gives a code and a message in a failed operation',
    see: documentation.failure,
    without: withoutOperation,
    breaches: ofPart('operation-error'),
  },
  {
    name: 'operation-manifest',
    demands: 'puts the manifest, or a link to it, in a successful operation',
    see: documentation.success,
    without: (visit) =>
      operationsOf(visit).some(({ schema }) => schema) ? 'no operation succeeded' : withoutOperation(visit),
    breaches: (visit) =>
      nonEmpty(operationsOf(visit).filter(({ schema }) => schema === 'ExportSuccessOperation'))?.flatMap(
        ({ where, operation, exchange }) => {
          const link = operation[LINK];
          if (link !== undefined)
            return schemaBreaches(`${where} ${LINK}`, `${SUCCESS}/anyOf/1/properties/${LINK}`, link, exchange);
          if (typeof operation.resourceLocation === 'object' && operation.resourceLocation !== null) return [];
          return [breach(where, 'neither', `resourceLocation or ${LINK}`, exchange)];
        },
      ),
  },
  {
    name: 'operation-schema',
    demands: 'sends the properties that the type of an operation requires',
    see: documentation.operationResource,
    without: withoutOperation,
    breaches: (visit) => partBreaches(visit, (problem) => !Object.values(parts).some((part) => part.test(problem))),
  },
  {
    name: 'operation-goes-on',
    demands: 'never moves an operation backwards: not started, running, ended',
    see: documentation.longRunning,
    without: withoutOperation,
    breaches(visit) {
      const all = operationsOf(visit).filter(({ schema }) => schema);
      return nonEmpty(all)?.flatMap((now, i) => {
        const before = all[i - 1];
        const changed = before && stage(before) === 2 && before.schema !== now.schema;
        if (!before || (stage(now) >= stage(before) && !changed)) return [];
        return [
          breach(
            now.where,
            `${now.schema} ${quote(now.operation.status)}`,
            `no step back from ${before.schema} ${quote(before.operation.status)}`,
            now.exchange,
          ),
        ];
      });
    },
  },
  {
    name: 'operation-ends',
    demands: 'ends every operation in success or failure',
    see: documentation.longRunning,
    without: withoutOperation,
    breaches({ polls, pollAfterwards, stillRunning }) {
      if (!stillRunning) return pollAfterwards && [];
      return [breach(`poll ${polls.length}`, 'an operation that still runs', 'one that has ended', polls.at(-1))];
    },
  },
];

function nonEmpty<T>(all: T[]): T[] | undefined {
  return all.length > 0 ? all : undefined;
}
