import { once } from 'node:events';
import { createServer } from 'node:net';
import { parseArgs } from 'node:util';
import { sampleBlobs } from '../spec/build/sample-blobs.ts';

// What `npm run mock` runs: the mock and the storage for a team that develops a client in any language.

const USAGE = 'Usage: npm run mock -- [--port N] [--storage-port N], 0 for any free one';

function fail(message: string, code: number): never {
  console.error(message);
  process.exit(code);
}

/** The ports that the command line asks for; the usual ones of the two tools if it asks for none. */
function portsAskedFor(): { port: number; storagePort: number } {
  const option = (usual: string) => ({ type: 'string', default: usual }) as const;
  try {
    const { values } = parseArgs({ options: { port: option('4010'), 'storage-port': option('10000') } });
    const [port = NaN, storagePort = NaN] = [values.port, values['storage-port']].map((text) =>
      /^\d{1,5}$/.test(text) && Number(text) < 65_536 ? Number(text) : NaN,
    );
    if (port >= 0 && storagePort >= 0) return { port, storagePort };
  } catch {
    // An unknown option: the usage says which there are.
  }
  return fail(USAGE, 2);
}

/** Looks before anything is started: the storage takes seconds to say that it cannot have its port, and many lines. */
async function failUnlessFree(port: number, option: string): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening').catch(({ code }) => {
    const why = code === 'EADDRINUSE' ? 'is taken' : `cannot be used (${code})`;
    fail(`Port ${port} ${why}. Choose another: npm run mock -- ${option} N`, 1);
  });
  server.close();
  await once(server, 'close');
}

/** What to do with it; the indented lines can be pasted into a shell, all at once or step by step. */
function guide(url: string, storageUrl: string): string {
  const blobs = sampleBlobs();
  const items = blobs.reduce((sum, { lines }) => sum + lines.split('\n').length - 1, 0);
  return `The mock of the service is at ${url}/v1.0 (and /beta), its storage at ${storageUrl}.
${items} made-up line items are stored in ${blobs.length} blobs. Any bearer token will do. Ctrl-C ends it.

Start an export; the Location of the answer is the operation:

  operation=$(curl -s -D - -o /dev/null ${url}/v1.0/reports/partners/billing/usage/unbilled/export \\
    -H 'Authorization: Bearer any' -H 'Content-Type: application/json' \\
    -d '{"currencyCode":"USD","billingPeriod":"last"}' | tr -d '\\r' | sed -n 's/^[Ll]ocation: //p')
  echo "$operation"

Ask for it until it has succeeded (notStarted, running, succeeded with the manifest):

  until answer=$(curl -s "$operation" -H 'Authorization: Bearer any'); echo "$answer"; echo "$answer" | grep -q '"succeeded"'
  do sleep 1; done

Download a blob and read its line items:

  field() { printf %s "$answer" | sed "s/.*\\"$1\\":\\"\\([^\\"]*\\)\\".*/\\1/"; }
  curl -s "$(field rootDirectory)/$(field name)?$(field sasToken)" | gunzip

Any answer of the contract is had by its status and the name of its example, a failure too:

  curl -s -w '\\n' "$operation" -H 'Authorization: Bearer any' -H 'Prefer: code=200, example=failedNoData'
  curl -si -w '\\n' "$operation" -H 'Authorization: Bearer any' -H 'Prefer: code=429'
`;
}

/** Resolves when a signal ends the mock, or npm is gone: the shell between the two does not pass its signals on. */
const ended = new Promise<undefined>((resolve) => {
  const end = () => resolve(undefined);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end);
  const shell = process.ppid;
  if (process.env.npm_command) setInterval(() => process.ppid !== shell && end(), 250).unref();
});

const ports = portsAskedFor();
await failUnlessFree(ports.port, '--port');
await failUnlessFree(ports.storagePort, '--storage-port');

const start = async () => {
  // Prism takes a second to load: by then, the above has been looked at, and a signal has somewhere to go.
  const { startMock } = await import('./harness/start-mock.ts');
  return startMock(Object.fromEntries(sampleBlobs().map(({ name, bytes }) => [name, bytes])), ports);
};
const starting = start();
const mock = await Promise.race([starting, ended]).catch((error) =>
  fail(`The mock did not start: ${error.message}`, 1),
);
if (mock) {
  console.log(guide(mock.url, mock.storageUrl));
  await ended;
}
// One that is interrupted while it starts may have lost its storage to the same Ctrl-C: that is an end, no fault.
await starting.then(({ close }) => close()).catch(() => {});
