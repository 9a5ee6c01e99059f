// Step 1 of 2 for an orchestrator: starts an export and stores its handle. With `npm run mock`:
//
//   UNBILLED_USAGE_BASE_URL=http://127.0.0.1:4010/v1.0 GRAPH_ACCESS_TOKEN=any npx node examples/two-step/start.ts handle.json
//
// It does not wait: the service continues the export. The handle contains no secret.
import { writeFile } from 'node:fs/promises';
import { createUnbilledUsageClient } from 'partner-unbilled-usage';

const [file = 'handle.json'] = process.argv.slice(2);
const client = createUnbilledUsageClient({
  credential: () => process.env.GRAPH_ACCESS_TOKEN ?? '',
  baseUrl: process.env.UNBILLED_USAGE_BASE_URL,
});
const handle = await client.startExport({ currencyCode: 'USD', billingPeriod: 'last' });
await writeFile(file, JSON.stringify(handle));
console.log(`Export ${handle.operationId} started; its handle is in ${file}.`);
