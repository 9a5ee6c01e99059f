import { sampleLines } from '../../../spec/sample-lines.ts';
import { fullOnly } from '../document/attribute-sets.ts';
import type { ExportRequest } from '../document/manifest.ts';
import { partnerMonth, toLine } from './partner-month.ts';

/**
 * Generates the lines of made-up line items for an export. The first ones are the samples of the contract, with
 * everything that is hard to read: 22 digits, exponents, escapes, unknown attributes. The same arguments give the same
 * lines, whatever the date.
 */
export function* madeUpLines(count: number, seed: number, request: ExportRequest): Generator<string> {
  const samples = sampleLines().slice(0, count);
  for (const line of samples) yield forRequest(line.trimEnd(), request);
  for (const item of partnerMonth(count - samples.length, seed)) yield forRequest(toLine(item), request);
}

/** The months of the two billing periods. The samples of the contract are of September 2024. */
export const months = { last: '2024-09', current: '2024-10' } as const;

const notBasicMembers = new RegExp(
  `"(?:${[...fullOnly].join('|')})"\\s*:\\s*(?:"(?:[^"\\\\]|\\\\.)*"|[^",{}]+)\\s*,?`,
  'g',
);

/** Changes the text of a line to what an export asks for. Parsing the line would lose digits. */
function forRequest(line: string, { currencyCode, billingPeriod, attributeSet }: ExportRequest): string {
  let changed = line;
  if (currencyCode !== 'USD') {
    changed = changed.replace(/("BillingCurrency"\s*:\s*)"[^"]*"/, `$1${JSON.stringify(currencyCode)}`);
  }
  if (billingPeriod !== 'last') changed = changed.replaceAll(`"${months.last}-`, `"${months[billingPeriod]}-`);
  return withAttributes(changed, attributeSet);
}

/** Removes the attributes from a line that an attribute set does not have. */
export function withAttributes(line: string, attributeSet: ExportRequest['attributeSet']): string {
  return attributeSet === 'basic' ? line.replace(notBasicMembers, '').replace(/,\s*}$/, '}') : line;
}
