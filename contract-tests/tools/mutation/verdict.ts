import type { Equivalent } from './equivalent.ts';
import type { Outcome } from './run.ts';

export interface Verdict {
  killed: Outcome[];
  /** Survivors with an explanation. */
  equivalent: (Outcome & { reason: string })[];
  /** Survivors without an explanation: rules that no test checks. */
  survived: Outcome[];
  /** Explanations for mutants that did not survive or do not exist. */
  stale: { pointer: string; change: string }[];
}

export function judge(outcomes: readonly Outcome[], equivalents: readonly Equivalent[]): Verdict {
  const reasons = new Map(
    equivalents.flatMap(({ pointer, changes, reason }) =>
      changes.map((change) => [JSON.stringify([pointer, change]), { pointer, change, reason }] as const),
    ),
  );
  const verdict: Verdict = { killed: [], equivalent: [], survived: [], stale: [] };
  for (const outcome of outcomes) {
    const key = JSON.stringify([outcome.pointer, outcome.change]);
    const explanation = reasons.get(key);
    if (outcome.killedBy) verdict.killed.push(outcome);
    else if (explanation) verdict.equivalent.push({ ...outcome, reason: explanation.reason });
    else verdict.survived.push(outcome);
    if (!outcome.killedBy) reasons.delete(key);
  }
  verdict.stale = [...reasons.values()].map(({ pointer, change }) => ({ pointer, change }));
  return verdict;
}

/** Returns whether every rule is checked by a test or explained. */
export const stands = ({ survived, stale }: Verdict): boolean => survived.length + stale.length === 0;
