import { writeFileSync } from 'node:fs';
import { openApi30Files } from './build/openapi-3.0.ts';

// The command `npm run build:spec-3.0`: adds the OpenAPI 3.0 copy to spec/dist.

for (const [path, content] of Object.entries(openApi30Files())) {
  writeFileSync(new URL(`dist/${path}`, import.meta.url), content);
}
