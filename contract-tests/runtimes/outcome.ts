import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

/** What a runtime has read. */
export interface Outcome {
  count: number;
  sha256: string;
}

const fixtures = new URL('../../spec/dist/fixtures/', import.meta.url);

/** What every runtime must read: the line items that the package's own fixtures hold. */
export function expectedOutcome(): Outcome {
  const names = readdirSync(fixtures).filter((name) => name.endsWith('.jsonl'));
  const text = names.sort().map((name) => readFileSync(new URL(name, fixtures), 'utf8'));
  const lines = text.join('').trimEnd().split('\n');
  const items = lines.map((line) => `${JSON.stringify(JSON.parse(line, asText))}\n`);
  return { count: items.length, sha256: createHash('sha256').update(items.join('')).digest('hex') };
}

const asText = ((_: string, value: unknown, { source }: { source: string }) =>
  typeof value === 'number' ? source : value) as Parameters<typeof JSON.parse>[1];
