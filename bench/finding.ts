import { median } from './contest.ts';

type Unit = 'µs' | 'ms' | 'bytes' | 'MB' | 'MB/s' | 'line items/s';

/** The ways to combine our value and theirs into one number. */
const measures = {
  'ours ÷ theirs': (ours: number, theirs: number) => ours / theirs,
  'theirs ÷ ours': (ours: number, theirs: number) => theirs / ours,
  'ours − theirs': (ours: number, theirs: number) => ours - theirs,
  ours: (ours: number) => ours,
};

const comparisons = {
  '≤': (value: number, limit: number) => value <= limit,
  '≥': (value: number, limit: number) => value >= limit,
  '<': (value: number, limit: number) => value < limit,
  '>': (value: number, limit: number) => value > limit,
};

export interface Finding {
  what: string;
  beside: string;
  unit: Unit;
  /** The values of all rounds. */
  ours: number[];
  /** Empty if there is nothing to compare with. */
  theirs: number[];
  measure: keyof typeof measures;
  /** The target. Absent if the numbers are only shown. */
  must?: [keyof typeof comparisons, number];
}

/** A measurement that was skipped, and why. */
export interface Skipped {
  what: string;
  beside: string;
  skipped: string;
}

export function measured({ ours, theirs, measure }: Finding): number {
  return measures[measure](median(ours), median(theirs));
}

/** Returns whether a finding reaches its target, or `undefined` if it has none. */
export function isReached(finding: Finding): boolean | undefined {
  if (!finding.must) return undefined;
  const [sign, limit] = finding.must;
  return comparisons[sign](measured(finding), limit);
}
