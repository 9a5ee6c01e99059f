import type { CheckResult } from '../checks/judge.ts';
import { byTopic, countsOf, details, type Report } from './report.ts';

/** Writes a report as JUnit XML: a suite for each topic, a test case for each check. */
export function toJunit({ baseUrl, results, durationMs, interruption }: Report): string {
  const suites = byTopic(results).map(([topic, ofTopic]) => {
    const attributes = `name="${escaped(topic)}" ${counts(ofTopic)} errors="0" time="0"`;
    return `  <testsuite ${attributes}>\n${ofTopic.map(testCase).join('')}  </testsuite>\n`;
  });
  if (interruption) suites.push(interruptionSuite(interruption));
  const errors = interruption ? 1 : 0;
  const totals = `${counts(results, errors)} errors="${errors}"`;
  const attributes = `name="${escaped(baseUrl)}" ${totals} time="${(durationMs / 1_000).toFixed(3)}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${attributes}>\n${suites.join('')}</testsuites>\n`;
}

/** An error, since the service was not checked to the end. */
function interruptionSuite(interruption: string): string {
  const open = '<testsuite name="The service" tests="1" failures="0" skipped="0" errors="1" time="0">';
  const error = `<error message="${escaped(interruption)}"/>`;
  return `  ${open}\n    <testcase name="answers" classname="The service" time="0">${error}</testcase>\n  </testsuite>\n`;
}

function counts(results: readonly CheckResult[], errors = 0): string {
  const { failed, skipped } = countsOf(results);
  return `tests="${results.length + errors}" failures="${failed}" skipped="${skipped}"`;
}

function testCase(result: CheckResult): string {
  const { name, topic, outcome, breaches, reason = '' } = result;
  const open = `    <testcase name="${escaped(name)}" classname="${escaped(topic)}" time="0"`;
  if (outcome === 'passed') return `${open}/>\n`;
  const child =
    outcome === 'skipped'
      ? `<skipped message="${escaped(reason)}"/>`
      : `<failure message="${escaped(breaches[0]?.problem ?? '')}">${escaped(details(result).join('\n'))}</failure>`;
  return `${open}>\n      ${child}\n    </testcase>\n`;
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Escapes text for XML. Characters that XML does not allow become U+FFFD. */
function escaped(text: string): string {
  return text
    .replace(/[&<>"]/g, (character) => entities[character] ?? '')
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');
}
