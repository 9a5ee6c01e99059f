import { problems } from '../document/problems.ts';
import { quote } from '../document/quote.ts';
import { breach, type Check, documentation } from './check.ts';
import type { Visit } from './visit.ts';

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
const NO_OPERATION = 'no operation was answered with a type that is known';
const LINK = 'resourceLocation@odata.navigationLink';

type Operation = Record<string, unknown>;

/** Returns the operations of a visit, each with the name of the schema of its type. */
function operationsOf({ polls, pollAfterwards }: Visit): { where: string; operation: Operation; schema?: string }[] {
  return [...polls, ...(pollAfterwards ? [pollAfterwards] : [])]
    .filter(({ status, json }) => status === 200 && typeof json === 'object' && json !== null)
    .map(({ json }, i) => {
      const operation = json as Operation;
      const schema = schemas[operation['@odata.type'] as keyof typeof schemas];
      return { where: `poll ${i + 1}`, operation, ...(schema && { schema }) };
    });
}

/** The parts of an operation that have a check of their own. `operation-schema` checks the rest. */
const parts = {
  'operation-dates': /^\/(createdDateTime|lastActionDateTime):/,
  'operation-error': /^\/error|"error"/,
  // What is inside a manifest is up to the checks of the manifest.
  'operation-manifest': /^\/resourceLocation|"resourceLocation|documented anyOf/,
};

function schemaBreaches(visit: Visit, belongs: (problem: string) => boolean): string[] | undefined {
  const known = operationsOf(visit).filter(({ schema }) => schema);
  if (known.length === 0) return undefined;
  return known.flatMap(({ where, operation, schema }) =>
    problems(`/components/schemas/${schema}`, operation)
      .filter(belongs)
      .map((problem) => `${where} ${problem}`),
  );
}

function ofPart(part: 'operation-dates' | 'operation-error'): Check['breaches'] {
  return (visit) => schemaBreaches(visit, (problem) => parts[part].test(problem));
}

/** 0 before it runs, 1 while it runs, 2 after. */
function stage({ operation, schema }: { operation: Operation; schema?: string }): number {
  if (schema !== 'RunningOperation') return 2;
  return `${operation.status}`.toLowerCase() === 'notstarted' ? 0 : 1;
}

export const operationChecks: Check[] = [
  {
    name: 'operation-answered',
    demands: 'answers 200 for a running, a successful and a failed operation alike',
    see: documentation.operation,
    without: 'there is no operation to ask for',
    breaches: ({ polls, pollAfterwards }) =>
      polls.length === 0
        ? undefined
        : [...polls, ...(pollAfterwards ? [pollAfterwards] : [])]
            .filter(({ status }) => status !== 200)
            .map(({ status, path }) => breach(`GET ${path}`, `${status}`, '200')),
  },
  {
    name: 'operation-type',
    demands: 'gives an operation one of the three documented types',
    see: documentation.operationResource,
    without: NO_OPERATION,
    breaches: (visit) =>
      nonEmpty(operationsOf(visit))
        ?.filter(({ schema }) => !schema)
        .map(({ where, operation }) =>
          breach(`${where} @odata.type`, quote(operation['@odata.type']), Object.keys(schemas).join(' or ')),
        ),
  },
  {
    name: 'operation-id',
    demands: 'gives the operation the ID in the Location',
    see: documentation.operationResource,
    without: NO_OPERATION,
    breaches: (visit) =>
      nonEmpty(operationsOf(visit))
        ?.filter(({ operation: { id } }) => typeof id === 'string' && id !== visit.operationId)
        .map(({ where, operation }) =>
          breach(`${where} id`, quote(operation.id), `${quote(visit.operationId)}, as in the Location`),
        ),
  },
  {
    name: 'operation-status',
    demands: 'gives an operation a known status that fits its type',
    see: documentation.operationResource,
    without: NO_OPERATION,
    breaches: (visit) =>
      nonEmpty(operationsOf(visit))?.flatMap(({ where, operation: { status }, schema }) => {
        const documented = schema ? statuses[schema] : undefined;
        if (typeof status !== 'string' || !documented || documented.includes(status.toLowerCase())) return [];
        return [breach(`${where} status of a ${schema}`, quote(status), documented.join(' or '))];
      }),
  },
  {
    name: 'operation-dates',
    demands: 'writes dates as ISO 8601, with or without offset, with up to 7 fractional digits',
    see: documentation.operationResource,
    without: NO_OPERATION,
    breaches: ofPart('operation-dates'),
  },
  {
    name: 'operation-error',
    demands: 'gives a code and a message in a failed operation',
    see: documentation.failure,
    without: NO_OPERATION,
    breaches: ofPart('operation-error'),
  },
  {
    name: 'operation-manifest',
    demands: 'puts the manifest, or a link to it, in a successful operation',
    see: documentation.success,
    without: 'no operation succeeded',
    breaches: (visit) =>
      nonEmpty(operationsOf(visit).filter(({ schema }) => schema === 'ExportSuccessOperation'))?.flatMap(
        ({ where, operation }) => {
          const link = operation[LINK];
          if (link !== undefined)
            return problems(`${SUCCESS}/anyOf/1/properties/${LINK}`, link).map(
              (problem) => `${where} ${LINK} ${problem}`,
            );
          if (typeof operation.resourceLocation === 'object' && operation.resourceLocation !== null) return [];
          return [breach(where, 'neither', `resourceLocation or ${LINK}`)];
        },
      ),
  },
  {
    name: 'operation-schema',
    demands: 'sends the properties that the type of an operation requires',
    see: documentation.operationResource,
    without: NO_OPERATION,
    breaches: (visit) => schemaBreaches(visit, (problem) => !Object.values(parts).some((part) => part.test(problem))),
  },
  {
    name: 'operation-goes-on',
    demands: 'never moves an operation backwards: not started, running, ended',
    see: documentation.longRunning,
    without: NO_OPERATION,
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
            `what follows ${before.schema} ${quote(before.operation.status)}`,
          ),
        ];
      });
    },
  },
  {
    name: 'operation-ends',
    demands: 'ends every operation in success or failure',
    see: documentation.longRunning,
    without: NO_OPERATION,
    breaches({ polls, pollAfterwards }) {
      const last = polls.at(-1);
      if (last?.status !== 200) return undefined;
      return pollAfterwards
        ? []
        : [breach(`poll ${polls.length}`, 'an operation that still runs', 'one that has ended')];
    },
  },
];

function nonEmpty<T>(all: T[]): T[] | undefined {
  return all.length > 0 ? all : undefined;
}
