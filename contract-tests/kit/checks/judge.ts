import { printable } from '../document/quote.ts';
import type { Check } from './check.ts';
import { checks } from './checks.ts';
import type { Visit } from './visit.ts';

/** What became of a check. */
export interface CheckResult {
  topic: string;
  name: string;
  /** Completes the sentence "The service …". */
  demands: string;
  /** The documentation of the rule. */
  see: string;
  outcome: 'passed' | 'failed' | 'skipped';
  /** A sentence for each breach, received beside documented. */
  breaches: string[];
  /** Why the check was skipped. */
  reason?: string;
}

/** Names of checks: only these, or all but these. */
export interface Selection {
  only?: readonly string[];
  skip?: readonly string[];
}

export const checkNames: readonly string[] = Object.values(checks).flatMap((list) => list.map(({ name }) => name));

/** Holds what a service answered against every check, in the order of their list. */
export function judge(seen: Visit, { only, skip = [] }: Selection = {}): CheckResult[] {
  const isSelected = (name: string) => (only?.includes(name) ?? true) && !skip.includes(name);
  return Object.entries(checks).flatMap(([topic, list]) =>
    list.map((check) => {
      const { name, demands, see } = check;
      return { topic, name, demands, see, ...(isSelected(name) ? verdict(check, seen) : skipped('not selected')) };
    }),
  );
}

type Verdict = Pick<CheckResult, 'outcome' | 'breaches' | 'reason'>;

function verdict({ breaches, without = 'there is nothing to check' }: Check, seen: Visit): Verdict {
  const found = breaches(seen);
  if (!found) return skipped(without);
  return { outcome: found.length > 0 ? 'failed' : 'passed', breaches: found.map(printable) };
}

function skipped(reason: string): Verdict {
  return { outcome: 'skipped', breaches: [], reason };
}
