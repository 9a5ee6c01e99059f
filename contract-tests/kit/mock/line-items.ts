import { sampleLines } from '../../../spec/sample-lines.ts';
import { partnerMonth, toLine } from './partner-month.ts';

/**
 * Makes up line items, as the lines of a blob. The first ones are the samples of the contract, which have all that a reader
 * may stumble over: 22 digits, exponents, escapes, unknown attributes. The same count gives the same lines.
 */
export function* madeUpLines(count: number): Generator<string> {
  const samples = sampleLines().slice(0, count);
  for (const line of samples) yield line.trimEnd();
  for (const item of partnerMonth(count - samples.length)) yield toLine(item);
}
