import { exportUnbilledUsage, type UnbilledUsageExportRequest } from '../generated/index.ts';
import type { Bounds } from './delay.ts';
import { InvalidRequestError } from './errors.ts';
import type { ExportHandle } from './export.ts';
import { handleOf } from './export-handle.ts';
import { ask, type Graph } from './graph.ts';
import { checkOptions } from './options.ts';
import { quote } from './redact.ts';

/**
 * Starts an export.
 *
 * @throws An {@link InvalidRequestError}, {@link ContractError}, or what a request to Microsoft Graph throws
 * @see https://learn.microsoft.com/graph/api/partners-billing-unbilledusage-export
 */
export async function startExport(
  graph: Graph,
  request: UnbilledUsageExportRequest,
  bounds: Bounds,
): Promise<ExportHandle> {
  const { headers, url } = await ask(exportUnbilledUsage, { body: checkExportRequest(request) }, graph, bounds);
  return handleOf(headers.get('location'), url);
}

interface Rule {
  /** Completes the sentence "… must be …". */
  allowed: string;
  accepts: (value: string) => boolean;
  isOptional?: boolean;
}

/** A closed enum. Does not compile unless it has exactly the values of the spec. */
function oneOf<Value extends string>(values: Record<Value, true>): Rule {
  return { allowed: Object.keys(values).join(' or '), accepts: (value) => Object.hasOwn(values, value) };
}

type Request = Required<UnbilledUsageExportRequest>;

/** One rule for each parameter. A parameter that is new in the spec does not compile until it has one. */
const rules: Record<keyof Request, Rule> = {
  currencyCode: {
    allowed: 'an ISO 4217 code of three capital letters, such as USD',
    accepts: (value) => /^[A-Z]{3}$/.test(value),
  },
  billingPeriod: oneOf<Request['billingPeriod']>({ current: true, last: true }),
  attributeSet: { isOptional: true, ...oneOf<Request['attributeSet']>({ full: true, basic: true }) },
};

/**
 * Returns the request as it is sent. Enums are closed here: the library never sends the service's `unknownFutureValue`.
 *
 * @throws An {@link InvalidRequestError} for a wrong, missing or unknown property
 * @see https://learn.microsoft.com/graph/api/partners-billing-unbilledusage-export
 */
export function checkExportRequest(request: UnbilledUsageExportRequest): UnbilledUsageExportRequest {
  for (const field of Object.keys(checkOptions(request, 'request'))) {
    if (!Object.hasOwn(rules, field)) {
      throw new InvalidRequestError(field, quote(field), `one of ${Object.keys(rules).join(', ')}`);
    }
  }
  for (const [field, { allowed, accepts, isOptional }] of Object.entries(rules)) {
    const value: unknown = request[field as keyof Request];
    if (isOptional && value === undefined) continue;
    if (typeof value !== 'string' || !accepts(value)) throw new InvalidRequestError(field, quote(value), allowed);
  }
  return { ...request };
}
