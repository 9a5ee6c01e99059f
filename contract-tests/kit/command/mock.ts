import { once } from 'node:events';
import { createServer } from 'node:net';
import { scenarioNames } from '../mock/scenarios.ts';
import { startMock } from '../mock/start-mock.ts';
import { oneOf, parseFlags, wholeNumber } from './flags.ts';
import { guide } from './guide.ts';

const text = { type: 'string' } as const;
const flags = {
  port: { ...text, default: '4010' },
  'storage-port': { ...text, default: '10000' },
  items: { ...text, default: '1000' },
  blobs: { ...text, default: '3' },
  seed: { ...text, default: '1' },
  scenario: { ...text, default: 'success' },
  quiet: { type: 'boolean' },
} as const;

/** Runs `mock` until a signal ends it. Returns the exit code. */
export async function mock(args: readonly string[]): Promise<number> {
  const { values } = parseFlags(args, flags);
  const options = {
    port: wholeNumber('--port', values.port, 0, 65_535),
    storagePort: wholeNumber('--storage-port', values['storage-port'], 0, 65_535),
    items: wholeNumber('--items', values.items, 0, 10_000_000),
    blobs: wholeNumber('--blobs', values.blobs, 1, 99_999),
    seed: wholeNumber('--seed', values.seed, 1, 999_999_999),
    scenario: oneOf('--scenario', values.scenario, scenarioNames),
  };
  // Checks the ports and handles signals first, because Prism takes a second to load.
  const signal = untilSignal();
  const problem =
    (await problemOfPort(options.port, '--port')) ?? (await problemOfPort(options.storagePort, '--storage-port'));
  if (problem) {
    console.error(problem);
    return 1;
  }
  const starting = startMock(options);
  const running = await Promise.race([starting, signal]).catch((error: Error) => error);
  if (running instanceof Error) {
    console.error(running.message);
    return 1;
  }
  if (running) {
    console.log(values.quiet ? running.baseUrl : guide(running, options));
    await signal;
  }
  await starting.then(({ close }) => close()).catch(() => {});
  return 0;
}

/** Returns why a port cannot be used, and what to do. */
async function problemOfPort(port: number, flag: string): Promise<string | undefined> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? 'is taken' : `cannot be used (${code})`;
    return `Port ${port} ${why}. Choose another with ${flag} N, or 0 for any free one.`;
  }
  server.close();
  await once(server, 'close');
  return undefined;
}

/** Resolves when a signal arrives or when npm has ended, because the shell between npm and the mock forwards no signals. */
function untilSignal(): Promise<undefined> {
  return new Promise((resolve) => {
    const end = () => resolve(undefined);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end);
    const shell = process.ppid;
    if (process.env.npm_command) setInterval(() => process.ppid !== shell && end(), 250).unref();
  });
}
