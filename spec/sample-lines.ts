import { readFileSync } from 'node:fs';

/** The sample line items: the lines of a blob, each with its line feed. */
export function sampleLines(): string[] {
  return readFileSync(new URL('./examples/line-items.jsonl', import.meta.url), 'utf8').match(/[^\n]+\n/g) ?? [];
}
