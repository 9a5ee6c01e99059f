import { median } from './contest.ts';
import { type Finding, isReached, measured, type Skipped } from './finding.ts';

const columns = ['what', 'compared with', 'ours', 'theirs', 'ratio', 'target', 'verdict'];

/** Returns the findings as a Markdown table, without verdicts in a smoke run. */
export function table(findings: readonly (Finding | Skipped)[], smoke: boolean): string {
  const rows = findings.map((finding) => ('skipped' in finding ? skipped(finding) : cells(finding, smoke)));
  const widths = columns.map((name, n) => Math.max(name.length, ...rows.map((row) => row[n]?.length ?? 0)));
  const line = (row: readonly string[]) => `| ${row.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join(' | ')} |`;
  return [line(columns), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function skipped({ what, beside, skipped }: Skipped): string[] {
  return [what, beside, '', '', '', '', `skipped: ${skipped}`];
}

function cells(finding: Finding, smoke: boolean): string[] {
  const { what, beside, ours, theirs, unit } = finding;
  const amount = (values: readonly number[]) => (values.length ? `${rounded(median(values))} ${unit}` : '–');
  const reached = smoke ? undefined : isReached(finding);
  const verdict = reached === undefined ? '–' : reached ? 'met' : 'missed';
  return [what, beside, amount(ours), amount(theirs), ratioOf(finding), limitOf(finding), verdict];
}

function ratioOf(finding: Finding): string {
  const { measure, ours, theirs, unit } = finding;
  const value = measured(finding);
  if (measure === 'ours − theirs') return `${value < 0 ? '−' : '+'} ${rounded(Math.abs(value))} ${unit}`;
  if (measure !== 'ours') return `${value.toFixed(2)} ×`;
  return theirs.length ? `${(median(ours) / median(theirs)).toFixed(2)} ×` : `${rounded(value)} ${unit}`;
}

function limitOf({ must, measure, unit }: Finding): string {
  if (!must) return '–';
  const [sign, limit] = must;
  return `${sign} ${limit.toLocaleString('en')} ${measure.includes('÷') ? '×' : unit}`;
}

/** Rounds to three digits. */
function rounded(value: number): string {
  const places = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)));
  return Number(value.toFixed(Math.min(places, 3))).toLocaleString('en');
}
