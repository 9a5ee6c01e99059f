import type { UnbilledUsageExportRequest } from '../generated/index.ts';
import { InvalidRequestError } from './errors.ts';
import { quote } from './redact.ts';

interface Rule {
  required: boolean;
  /** Completes the sentence "allowed is …". */
  allowed: string;
  accepts: (value: string) => boolean;
}

/** One rule a parameter. A parameter that is new in the spec does not compile until it has one. */
const rules: Record<keyof UnbilledUsageExportRequest, Rule> = {
  currencyCode: {
    required: true,
    allowed: 'an ISO 4217 code of three capital letters, such as USD',
    accepts: (value) => /^[A-Z]{3}$/.test(value),
  },
  billingPeriod: {
    required: true,
    allowed: 'current or last',
    accepts: (value) => value === 'current' || value === 'last',
  },
  attributeSet: {
    required: false,
    allowed: 'full or basic, and full when it is left out',
    accepts: (value) => value === 'full' || value === 'basic',
  },
};

/**
 * The request as it is to be sent. Enums are closed here: the service's `unknownFutureValue` is never sent.
 *
 * @throws {@link InvalidRequestError} for a wrong, missing or unknown property
 * @see https://learn.microsoft.com/graph/api/partners-billing-unbilledusage-export
 */
export function checkExportRequest(request: UnbilledUsageExportRequest): UnbilledUsageExportRequest {
  if (typeof request !== 'object' || request === null) {
    throw new InvalidRequestError('request', quote(request), `an object with ${Object.keys(rules).join(', ')}`);
  }
  for (const field of Object.keys(request)) {
    if (!Object.hasOwn(rules, field))
      throw new InvalidRequestError(field, 'not a parameter', Object.keys(rules).join(', '));
  }
  for (const [field, { required, allowed, accepts }] of Object.entries(rules)) {
    const value: unknown = request[field as keyof UnbilledUsageExportRequest];
    if (value === undefined && !required) continue;
    if (typeof value !== 'string' || !accepts(value)) throw new InvalidRequestError(field, quote(value), allowed);
  }
  return { ...request };
}
