import { median } from './contest.ts';

type Unit = 'µs' | 'ms' | 'bytes' | 'MB' | 'MB/s' | 'line items/s';

/** How ours and theirs become one number. */
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
  /** What each round measured. */
  ours: number[];
  /** Empty where there is nothing to compare with. */
  theirs: number[];
  measure: keyof typeof measures;
  /** Nothing where the numbers are only shown. */
  must?: [keyof typeof comparisons, number];
}

/** What could not be measured, and why. */
export interface Skipped {
  what: string;
  beside: string;
  skipped: string;
}

export function measured({ ours, theirs, measure }: Finding): number {
  return measures[measure](median(ours), median(theirs));
}

/** Whether a finding is what it must be; nothing where it need not be anything. */
export function isReached(finding: Finding): boolean | undefined {
  if (!finding.must) return undefined;
  const [sign, limit] = finding.must;
  return comparisons[sign](measured(finding), limit);
}
