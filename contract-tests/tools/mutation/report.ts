import type { Outcome } from './run.ts';
import type { Verdict } from './verdict.ts';

const line = ({ rule, pointer, change }: Outcome): string => `${rule}: ${pointer} ${change}`;

/** Returns a report for the terminal: the counts for each rule, and everything that was not killed. */
export function summary({ killed, equivalent, survived, stale }: Verdict): string {
  const all = [...killed, ...equivalent, ...survived];
  const rules = [...new Set(all.map(({ rule }) => rule))].sort();
  const of = (list: readonly Outcome[], rule?: string) =>
    `${rule === undefined ? list.length : list.filter((outcome) => outcome.rule === rule).length}`;
  const rows = [
    ['rule', 'mutants', 'killed', 'equivalent', 'survived'],
    ...rules.map((rule) => [rule, ...[all, killed, equivalent, survived].map((list) => of(list, rule))]),
    ['', ...[all, killed, equivalent, survived].map((list) => of(list))],
  ];
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const table = rows.map((row) =>
    row.map((cell, i) => (i ? cell.padStart(width(i)) : cell.padEnd(width(i)))).join('  '),
  );

  const reasons = [...new Set(equivalent.map(({ reason }) => reason))];
  return [
    ...table,
    ...reasons.flatMap((reason) => [
      '',
      `No difference: ${reason}`,
      ...equivalent.filter((each) => each.reason === reason).map((each) => `  ${line(each)}`),
    ]),
    ...(survived.length ? ['', 'SURVIVED: not killed by any test', ...survived.map((each) => `  ${line(each)}`)] : []),
    ...(stale.length
      ? ['', 'STALE: explained, but not a survivor', ...stale.map((each) => `  ${each.pointer} ${each.change}`)]
      : []),
  ].join('\n');
}

/** Returns the table of rules, mutants and killing tests. */
export function markdown(outcomes: readonly Outcome[], { equivalent }: Verdict): string {
  const reasons = new Map(equivalent.map((each) => [line(each), each.reason]));
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const code = (text: string) => `\`\` ${cell(text)} \`\``;
  return [
    '# Mutations of the contract',
    '',
    '| rule | where | change | killed by |',
    '|---|---|---|---|',
    ...outcomes.map((outcome) => {
      const { rule, pointer, change, killedBy } = outcome;
      const end = killedBy
        ? cell(`${killedBy.test}: ${killedBy.message}`)
        : `**none**: ${reasons.get(line(outcome)) ?? 'survived'}`;
      return `| ${rule} | ${code(pointer || '/')} | ${code(change)} | ${end} |`;
    }),
    '',
  ].join('\n');
}
