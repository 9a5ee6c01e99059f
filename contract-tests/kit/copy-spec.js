import { cpSync } from 'node:fs';

// The compiled loader in dist/spec looks for these files beside it.
for (const file of ['openapi.yaml', 'examples/line-items.jsonl']) {
  cpSync(new URL(`../../spec/${file}`, import.meta.url), new URL(`dist/spec/${file}`, import.meta.url));
}
