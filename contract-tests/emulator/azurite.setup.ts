import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import type { TestProject } from 'vitest/node';
import { install } from '../tools/install.ts';

/** Installs Azurite, the vendor's storage emulator, and starts it on a free port for all suites. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  install(import.meta.dirname);
  const azurite = spawn(
    process.execPath,
    [
      createRequire(import.meta.url).resolve('azurite/dist/src/blob/main.js'),
      ...['--blobHost', '127.0.0.1', '--blobPort', '0', '--inMemoryPersistence'],
      ...['--skipApiVersionCheck', '--disableTelemetry', '--silent'],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const exit = once(azurite, 'exit');
  const close = async () => {
    // It has nothing to save, and throws if SIGTERM follows the SIGINT of a Ctrl-C.
    azurite.kill('SIGKILL');
    await exit;
  };
  for await (const line of createInterface(azurite.stdout)) {
    const url = /listen\w* (?:at|on) (http:\S+)/i.exec(line)?.[1];
    if (url) {
      azurite.stdout.resume();
      provide('emulatorUrl', url);
      return close;
    }
  }
  await close();
  throw new Error('Azurite ended before it was ready.');
}
