// The program behind `npm start`, which needs no account. Starts a mock, exports its line items with the command
// `unbilled-usage`, and adds them up:
//
//   npx node examples/first-run.ts
//
// With --live, it uses Microsoft Graph instead, with the token in GRAPH_ACCESS_TOKEN.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { partnerMonth, toLine } from '../contract-tests/kit/mock/partner-month.ts';
import { startMock } from '../contract-tests/kit/mock/start-mock.ts';

const ITEMS = 12_000;
const BLOBS = 3;

/** Runs the command like a user, and prints its arguments. */
async function unbilledUsage(args: string[], env: NodeJS.ProcessEnv = process.env): Promise<number> {
  console.log(`\n$ unbilled-usage ${args.join(' ')}`);
  const command = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
  const child = spawn(process.execPath, [command, ...args], { stdio: 'inherit', env });
  const [code] = await once(child, 'exit');
  return code ?? 1;
}

async function run(directory: string, request: string[], env?: NodeJS.ProcessEnv): Promise<number> {
  const code = await unbilledUsage(['export', ...request, '--out', directory], env);
  if (code !== 0) return code;
  return (
    (await unbilledUsage(['summary', directory, '--exact'])) ||
    unbilledUsage(['summary', directory, '--by', 'customer'])
  );
}

const flags = process.argv.slice(2).filter((arg) => arg !== '--live');
const request = flags.length > 0 ? flags : ['--currency', 'USD', '--period', 'last'];

if (process.argv.includes('--live')) {
  process.exitCode = await run('live-output', request);
} else {
  const lines = Array.from(partnerMonth(ITEMS), toLine);
  const { baseUrl, close } = await startMock({ lines, blobs: BLOBS });
  console.log(`The mock runs at ${baseUrl}, with ${ITEMS.toLocaleString('en')} made-up line items in ${BLOBS} blobs.`);
  await rm('demo-output', { recursive: true, force: true });
  const env = { ...process.env, GRAPH_ACCESS_TOKEN: 'no-account-needed' };
  process.exitCode = await run('demo-output', [...request, '--base-url', baseUrl], env).finally(close);
  console.log('\nWith an account: GRAPH_ACCESS_TOKEN=… npm start -- --live --currency USD --period last');
}
