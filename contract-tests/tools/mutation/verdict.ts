import type { Equivalent } from './equivalent.ts';
import type { Outcome } from './run.ts';

export interface Verdict {
  killed: Outcome[];
  /** Survivors that make no difference. */
  equivalent: (Outcome & { reason: string })[];
  /** Survivors without a reason: a rule that no test holds. */
  survived: Outcome[];
  /** Reasons for what did not survive, or does not exist. */
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
    const explained = reasons.get(key);
    if (outcome.killedBy) verdict.killed.push(outcome);
    else if (explained) verdict.equivalent.push({ ...outcome, reason: explained.reason });
    else verdict.survived.push(outcome);
    if (!outcome.killedBy) reasons.delete(key);
  }
  verdict.stale = [...reasons.values()].map(({ pointer, change }) => ({ pointer, change }));
  return verdict;
}

/** Whether every rule is held by a test, or explained. */
export const stands = ({ survived, stale }: Verdict): boolean => survived.length + stale.length === 0;
