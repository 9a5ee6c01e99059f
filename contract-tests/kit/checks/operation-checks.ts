import { problems } from '../document/problems.ts';
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
const LINK = 'resourceLocation@odata.navigationLink';

type Operation = Record<string, unknown>;

/** The operations of a visit, with the name of the schema that their type says. */
function operationsOf({ polls, pollAfterwards }: Visit): { where: string; operation: Operation; schema?: string }[] {
  return [...polls, ...(pollAfterwards ? [pollAfterwards] : [])]
    .filter(({ status, json }) => status === 200 && typeof json === 'object' && json !== null)
    .map(({ json }, i) => {
      const operation = json as Operation;
      const schema = schemas[operation['@odata.type'] as keyof typeof schemas];
      return { where: `poll ${i + 1}`, operation, ...(schema && { schema }) };
    });
}

/** Where a rule of its own looks; the rest is `operation-schema`'s. */
const parts = {
  'operation-dates': /^\/(createdDateTime|lastActionDateTime):/,
  'operation-error': /^\/error|"error"/,
  // What is wrong inside of a manifest is said by the checks of the manifest.
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
    breaches: ({ polls, pollAfterwards }) =>
      polls.length === 0
        ? undefined
        : [...polls, ...(pollAfterwards ? [pollAfterwards] : [])]
            .filter(({ status }) => status !== 200)
            .map(({ status, path }) => breach(`GET ${path}`, `${status}`, '200')),
  },
  {
    name: 'operation-type',
    demands: 'tells the operation apart by one of three @odata.type',
    see: documentation.operationResource,
    breaches: (visit) =>
      nonEmpty(operationsOf(visit))
        ?.filter(({ schema }) => !schema)
        .map(({ where, operation }) =>
          breach(
            `${where} @odata.type`,
            JSON.stringify(operation['@odata.type']) ?? 'nothing',
            Object.keys(schemas).join(' or '),
          ),
        ),
  },
  {
    name: 'operation-id',
    demands: 'gives the operation the id that the Location has',
    see: documentation.operationResource,
    breaches: (visit) =>
      nonEmpty(operationsOf(visit))
        ?.filter(
          ({ operation: { id } }) => typeof id === 'string' && id !== decodeURIComponent(visit.operationId ?? ''),
        )
        .map(({ where, operation }) =>
          breach(`${where} id`, `"${operation.id}"`, `"${visit.operationId}", as in the Location`),
        ),
  },
  {
    name: 'operation-status',
    demands: 'has a status that is documented or known, and that fits its type',
    see: documentation.operationResource,
    breaches: (visit) =>
      nonEmpty(operationsOf(visit))?.flatMap(({ where, operation: { status }, schema }) => {
        const documented = schema ? statuses[schema] : undefined;
        if (typeof status !== 'string' || !documented || documented.includes(status.toLowerCase())) return [];
        return [breach(`${where} status of a ${schema}`, `"${status}"`, documented.join(' or '))];
      }),
  },
  {
    name: 'operation-dates',
    demands: 'writes dates as ISO 8601, with or without offset, with up to 7 fractional digits',
    see: documentation.operationResource,
    breaches: ofPart('operation-dates'),
  },
  {
    name: 'operation-error',
    demands: 'says in a failed operation why, with a code and a message',
    see: documentation.failure,
    breaches: ofPart('operation-error'),
  },
  {
    name: 'operation-manifest',
    demands: 'has in a successful operation the manifest or the link to it',
    see: documentation.success,
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
    demands: 'has in an operation, for the rest, what its type has',
    see: documentation.operationResource,
    breaches: (visit) => schemaBreaches(visit, (problem) => !Object.values(parts).some((part) => part.test(problem))),
  },
  {
    name: 'operation-goes-on',
    demands: 'never takes an operation back: not started, running, ended, and ended it stays',
    see: documentation.longRunning,
    breaches(visit) {
      const all = operationsOf(visit).filter(({ schema }) => schema);
      return nonEmpty(all)?.flatMap((now, i) => {
        const before = all[i - 1];
        const changed = before && stage(before) === 2 && before.schema !== now.schema;
        if (!before || (stage(now) >= stage(before) && !changed)) return [];
        return [
          breach(
            now.where,
            `${now.schema} "${now.operation.status}"`,
            `what follows ${before.schema} "${before.operation.status}"`,
          ),
        ];
      });
    },
  },
  {
    name: 'operation-ends',
    demands: 'ends an operation in a success or a failure',
    see: documentation.longRunning,
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
