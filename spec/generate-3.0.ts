import { writeFileSync } from 'node:fs';
import { openApi30 } from './build/openapi-3.0.ts';

// What `npm run generate` runs after the generator of the client.

writeFileSync(new URL('openapi-3.0.yaml', import.meta.url), openApi30());
