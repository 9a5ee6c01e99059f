import type { Report } from './report.ts';

/** Writes a report as one JSON object. */
export function toJson({ baseUrl, results, durationMs }: Report): string {
  const count = (outcome: string) => results.filter((result) => result.outcome === outcome).length;
  const counts = { passed: count('passed'), failed: count('failed'), skipped: count('skipped') };
  return `${JSON.stringify({ baseUrl, durationMs: Math.round(durationMs), ...counts, checks: results }, null, 2)}\n`;
}
