import { appendFile } from 'node:fs/promises';
import { toMarkdown } from './markdown.ts';
import type { Report } from './report.ts';

/**
 * In GitHub Actions, adds the report to the summary page, and returns the workflow commands that annotate the job with
 * each failed check.
 *
 * @see https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export async function annotate(report: Report, env: NodeJS.ProcessEnv): Promise<string[]> {
  if (env.GITHUB_ACTIONS !== 'true') return [];
  if (env.GITHUB_STEP_SUMMARY) await appendFile(env.GITHUB_STEP_SUMMARY, toMarkdown(report));
  const annotations = report.results
    .filter(({ outcome }) => outcome === 'failed')
    .map(({ name, breaches }) => `::error title=${name}::${escaped(breaches[0]?.problem ?? '')}`);
  return [...annotations, ...(report.interruption ? [`::error::${escaped(report.interruption)}`] : [])];
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
