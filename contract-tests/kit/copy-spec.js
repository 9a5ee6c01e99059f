import { cpSync } from 'node:fs';

// The compiled loader in dist/spec expects these files next to it.
for (const file of ['openapi.yaml', 'examples/line-items.jsonl']) {
  cpSync(new URL(`../../spec/${file}`, import.meta.url), new URL(`dist/spec/${file}`, import.meta.url));
}
