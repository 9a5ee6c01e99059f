import type { CheckResult } from '../checks/judge.ts';

const words = { passed: 'ok', failed: 'FAILED', skipped: 'skipped' } as const;
const WIDTH = 7;

/** Writes results for a terminal: a line for each check, what is wrong below the line of one that failed, and a sum. */
export function report(results: readonly CheckResult[], durationMs: number): string {
  const topics = [...new Set(results.map(({ topic }) => topic))];
  const lines = topics.flatMap((topic) => [
    '',
    topic,
    ...results.filter((result) => result.topic === topic).flatMap(linesOf),
  ]);
  const count = (outcome: CheckResult['outcome']) => results.filter((result) => result.outcome === outcome).length;
  const sum = `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`;
  return [...lines, '', `${sum}, in ${(durationMs / 1_000).toFixed(1)} s`].join('\n');
}

function linesOf({ name, outcome, demands, see, breaches, reason }: CheckResult): string[] {
  const line = `  ${words[outcome].padEnd(WIDTH)}  ${name}`;
  if (outcome === 'skipped') return [`${line}: ${reason}`];
  if (outcome === 'passed') return [line];
  const indent = ' '.repeat(WIDTH + 4);
  return [line, ...[`The service ${demands}.`, ...breaches, see].map((detail) => indent + detail)];
}
