import { countsOf, type Report } from './report.ts';

/** Writes a report as one JSON object. */
export function toJson({ baseUrl, results, durationMs, interruption }: Report): string {
  const report = { baseUrl, durationMs: Math.round(durationMs), ...countsOf(results), interruption, checks: results };
  return `${JSON.stringify(report, null, 2)}\n`;
}
