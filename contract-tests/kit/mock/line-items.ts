import { sampleLines } from '../../../spec/sample-lines.ts';
import { partnerMonth, toLine } from './partner-month.ts';

/**
 * Generates the lines of made-up line items. The first ones are the samples of the contract, with everything that is
 * hard to read: 22 digits, exponents, escapes, unknown attributes. The same count gives the same lines.
 */
export function* madeUpLines(count: number): Generator<string> {
  const samples = sampleLines().slice(0, count);
  for (const line of samples) yield line.trimEnd();
  for (const item of partnerMonth(count - samples.length)) yield toLine(item);
}
