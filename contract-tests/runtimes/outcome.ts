import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

/** The line items that a runtime has read. */
export interface Outcome {
  count: number;
  sha256: string;
}

const fixtures = new URL('../../spec/dist/fixtures/', import.meta.url);

/** Returns the expected outcome of every runtime: the line items of the fixtures in the package. */
export function expectedOutcome(): Outcome {
  const names = readdirSync(fixtures).filter((name) => name.endsWith('.jsonl'));
  const text = names.sort().map((name) => readFileSync(new URL(name, fixtures), 'utf8'));
  const lines = text.join('').trimEnd().split('\n');
  const items = lines.map((line) => `${JSON.stringify(JSON.parse(line, asText))}\n`);
  return { count: items.length, sha256: createHash('sha256').update(items.join('')).digest('hex') };
}

const asText = ((_: string, value: unknown, { source }: { source: string }) =>
  typeof value === 'number' ? source : value) as Parameters<typeof JSON.parse>[1];
