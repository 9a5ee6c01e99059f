import { readExport } from './flow.js';

const outcome = await readExport(`${location.origin}/v1.0`).catch((error) => ({ error: `${error}` }));
await fetch('/outcome', { method: 'POST', body: JSON.stringify(outcome) });
