import type { ShownExchange } from '../checks/exchange.ts';
import { type CheckResult, NOT_SELECTED } from '../checks/judge.ts';

/** The results of a visit. */
export interface Report {
  baseUrl: string;
  results: readonly CheckResult[];
  durationMs: number;
  /** Why the rest could not be checked. */
  interruption?: string;
}

const words = { passed: 'ok', failed: 'FAILED', skipped: 'skipped' } as const;
const WIDTH = 7;
/** The maximum number of breaches to show for a check. The JSON report has all. */
const MOST = 5;

/** Writes a report for a terminal: a line for each selected check, details of each failed check, and the totals. */
export function toText({ results, durationMs }: Report): string {
  const lines = byTopic(results.filter(isSelected)).flatMap(([topic, ofTopic]) => [
    '',
    topic,
    ...ofTopic.flatMap(linesOf),
  ]);
  return [...lines, '', sum(results, durationMs)].join('\n');
}

const isSelected = ({ reason }: CheckResult) => reason !== NOT_SELECTED;

/** Returns the topics in their order, each with its results. */
export function byTopic(results: readonly CheckResult[]): [topic: string, results: CheckResult[]][] {
  const topics = [...new Set(results.map(({ topic }) => topic))];
  return topics.map((topic) => [topic, results.filter((result) => result.topic === topic)]);
}

/** Returns the number of results with each outcome. */
export function countsOf(results: readonly CheckResult[]): Record<CheckResult['outcome'], number> {
  const count = (outcome: CheckResult['outcome']) => results.filter((result) => result.outcome === outcome).length;
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') };
}

/** Returns the counts of a report in one line. */
export function sum(results: readonly CheckResult[], durationMs: number): string {
  const { passed, failed, skipped } = countsOf(results);
  return `${passed} passed, ${failed} failed, ${skipped} skipped, in ${(durationMs / 1_000).toFixed(1)} s`;
}

function linesOf(result: CheckResult): string[] {
  const { name, outcome, reason } = result;
  const line = `  ${words[outcome].padEnd(WIDTH)}  ${name}`;
  if (outcome === 'skipped') return [`${line}: ${reason}`];
  if (outcome === 'passed') return [line];
  const indent = ' '.repeat(WIDTH + 4);
  return [line, ...details(result).map((detail) => indent + detail)];
}

/** Returns the details of a failed check: demand, breaches, the exchange of the first breach, and the source. */
export function details({ demands, breaches, see }: CheckResult): string[] {
  const problems = breaches.slice(0, MOST).map(({ problem }) => problem);
  const rest = breaches.length - problems.length;
  const first = breaches.find(({ exchange }) => exchange)?.exchange;
  return [
    `The service ${demands}.`,
    ...problems,
    ...(rest > 0 ? [`and ${rest} more`] : []),
    ...(first ? linesOfExchange(first) : []),
    see,
  ];
}

function linesOfExchange({ method, url, status, headers, excerpt, curl }: ShownExchange): string[] {
  return [
    `${method} ${url} was answered with ${status}:`,
    ...Object.entries(headers).map(([name, value]) => `  ${name}: ${value}`),
    // The mark keeps a CI system from obeying a command in the text.
    ...(excerpt ? [`  > ${excerpt}`] : []),
    curl,
  ];
}
