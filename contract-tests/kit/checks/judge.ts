import { printable } from '../document/quote.ts';
import type { Check } from './check.ts';
import { checks } from './checks.ts';
import { type ShownExchange, show } from './exchange.ts';
import type { Visit } from './visit.ts';

/** The result of a check. */
export interface CheckResult {
  /** The part of the service, such as `The blobs`. */
  topic: string;
  /** The name of the check, such as `blob-range`. */
  name: string;
  /** Completes the sentence "The service …". */
  demands: string;
  /** The documentation of the rule. */
  see: string;
  /** `skipped` if the visit found nothing to check, or if the check was not selected. */
  outcome: 'passed' | 'failed' | 'skipped';
  /** What is wrong. Empty unless the check failed. */
  breaches: ReportedBreach[];
  /** Why the check was skipped. */
  reason?: string;
}

/** A difference between an answer and the contract. */
export interface ReportedBreach {
  /** A sentence with the received and the documented value. */
  problem: string;
  /** The request and its answer. Absent if there was no answer. */
  exchange?: ShownExchange;
}

/** The reason for a check that was skipped on request. */
export const NOT_SELECTED = 'not selected';

/** Which checks to report. The service gets the same requests. */
export interface Selection {
  /** The names of the checks to report. Default: all. */
  only?: readonly string[];
  /** The names of the checks to leave out. */
  skip?: readonly string[];
}

export const checkNames: readonly string[] = Object.values(checks).flatMap((list) => list.map(({ name }) => name));

/**
 * Applies every check to the answers of a service, in the order of the list. The `curl` commands take the token
 * from the environment variable `tokenVariable`.
 */
export function judge(
  visit: Visit,
  { only, skip = [] }: Selection = {},
  tokenVariable = 'CONTRACT_TOKEN',
): CheckResult[] {
  const isSelected = (name: string) => (only?.includes(name) ?? true) && !skip.includes(name);
  return Object.entries(checks).flatMap(([topic, list]) =>
    list.map((check) => {
      const { name, demands, see } = check;
      const verdict = isSelected(name) ? verdictOf(check, visit, tokenVariable) : skipped(NOT_SELECTED);
      return { topic, name, demands, see, ...verdict };
    }),
  );
}

type Verdict = Pick<CheckResult, 'outcome' | 'breaches' | 'reason'>;

function verdictOf({ breaches, without }: Check, visit: Visit, tokenVariable: string): Verdict {
  const list = breaches(visit);
  if (!list) return skipped(visit.interruption?.message ?? without?.(visit) ?? 'there is nothing to check');
  const reported = list.map(({ problem, exchange }) => ({
    problem: printable(problem),
    ...(exchange && { exchange: show(exchange, tokenVariable) }),
  }));
  return { outcome: list.length > 0 ? 'failed' : 'passed', breaches: reported };
}

function skipped(reason: string): Verdict {
  return { outcome: 'skipped', breaches: [], reason };
}
