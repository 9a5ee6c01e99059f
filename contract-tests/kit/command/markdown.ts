import type { CheckResult } from '../checks/judge.ts';
import { details, type Report, sum } from './report.ts';

const marks = { passed: '✅', failed: '❌', skipped: '➖' } as const;

/** Writes a report as Markdown: the totals, the details of each failed check, and a table of all checks. */
export function toMarkdown({ baseUrl, results, durationMs, interruption }: Report): string {
  const failed = results.filter(({ outcome }) => outcome === 'failed');
  const rows = results.map(
    ({ topic, name, outcome, reason = '' }) => `| ${marks[outcome]} | ${topic} | ${name} | ${cell(reason)} |`,
  );
  return [
    `## Contract of ${code(baseUrl)}`,
    '',
    `${sum(results, durationMs)}.`,
    '',
    ...(interruption ? [fenced([interruption]), ''] : []),
    ...failed.flatMap(section),
    '<details>',
    `<summary>All ${results.length} checks</summary>`,
    '',
    '| | topic | check | |',
    '|---|---|---|---|',
    ...rows,
    '',
    '</details>',
    '',
  ].join('\n');
}

function section(result: CheckResult): string[] {
  return [`### ❌ ${result.name}`, '', fenced(details(result).slice(0, -1)), '', `<${result.see}>`, ''];
}

/** A fence is longer than any run of backticks in its text. */
function fenced(lines: string[]): string {
  const runs = lines.join('\n').match(/`+/g) ?? [];
  const fence = '`'.repeat(Math.max(3, ...runs.map(({ length }) => length + 1)));
  return [`${fence}text`, ...lines, fence].join('\n');
}

function code(text: string): string {
  return `\`${text.replaceAll('`', '')}\``;
}

function cell(text: string): string {
  return text.replace(/[\\|<>`*_[\]]/g, String.raw`\$&`);
}
