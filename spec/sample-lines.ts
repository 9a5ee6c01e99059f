import { readFileSync } from 'node:fs';

/** Returns the lines of the sample line items, each with its line feed. */
export function sampleLines(): string[] {
  return readFileSync(new URL('./examples/line-items.jsonl', import.meta.url), 'utf8').match(/[^\n]+\n/g) ?? [];
}
