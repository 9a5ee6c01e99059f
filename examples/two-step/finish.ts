// Step 2 of 2 for an orchestrator: waits for the export of a stored handle and downloads it. With `npm run mock`:
//
//   UNBILLED_USAGE_BASE_URL=http://127.0.0.1:4010/v1.0 GRAPH_ACCESS_TOKEN=any npx node examples/two-step/finish.ts handle.json export
//
// You can run it on another machine, and again after a failure: complete files are not fetched twice. Exit code 75
// (try again later) means that the export was still running at the timeout.
import { readFile } from 'node:fs/promises';
import { createUnbilledUsageClient, type ExportHandle, WaitTimeoutError } from 'partner-unbilled-usage';
import { downloadExport } from 'partner-unbilled-usage/node';

const [file = 'handle.json', directory = 'export'] = process.argv.slice(2);
const handle: ExportHandle = JSON.parse(await readFile(file, 'utf8'));
const client = createUnbilledUsageClient({
  credential: () => process.env.GRAPH_ACCESS_TOKEN ?? '',
  baseUrl: process.env.UNBILLED_USAGE_BASE_URL,
});
try {
  const { files, lineItems } = await downloadExport(client, handle, { directory, timeoutMs: 15 * 60_000 });
  console.log(`${lineItems} line items in ${files.length} files:`);
  for (const { path } of files) console.log(path);
} catch (error) {
  if (!(error instanceof WaitTimeoutError)) throw error;
  console.error(error.message);
  process.exitCode = 75;
}
