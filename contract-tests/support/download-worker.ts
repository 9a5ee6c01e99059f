import { createUnbilledUsageClient } from '../../src/index.ts';
import { downloadExport } from '../../src/node/index.ts';

/**
 * Downloads an export as a separate process, for a test that kills it. Prints a line for each progress event and one
 * for the outcome. `process.stdout` is a pipe here, so writes are synchronous.
 */
const [baseUrl = '', operationId = '', directory = ''] = process.argv.slice(2);
const client = createUnbilledUsageClient({
  credential: 'test-token',
  baseUrl,
  retry: { baseDelayMs: 1, maxDelayMs: 1 },
});
const print = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

try {
  const handle = { operationId, location: `${baseUrl}/reports/partners/billing/operations/${operationId}` };
  const onProgress = (progress: object) => void print({ progress });
  print({ result: await downloadExport(client, handle, { directory, onProgress }) });
} catch (error) {
  print({ error: error instanceof Error ? { name: error.name, message: error.message } : { name: String(error) } });
}
