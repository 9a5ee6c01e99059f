import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runInChromium } from './chromium.ts';
import { here } from './installed.ts';
import type { Outcome } from './outcome.ts';
import type { Mock } from './page-server.ts';
import { run } from './run.ts';
import { runInWorker } from './worker-runtime.ts';

export interface Runtime {
  name: string;
  /** The path of the program. It does not exist if the runtime is not installed. */
  program: string;
  readExport: (folder: string, mock: Mock) => Promise<Outcome>;
}

const modules = join(here, 'node_modules');

/** Returns a runtime that is a command with a script as its argument. */
function command(name: string, program: string, ...args: string[]): Runtime {
  const readExport = async (folder: string, { url }: Mock) =>
    JSON.parse(await run(program, [...args, 'command.js', `${url}/v1.0`], folder));
  return { name, program, readExport };
}

const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const browser = chromium ?? 'chromium';
const workerd = join(modules, '.bin/workerd');

export const runtimes: Runtime[] = [
  ...[20, 22, 24, 26].map((major) => command('Node.js', join(modules, `node${major}/bin/node`))),
  command(
    'Deno',
    join(modules, '@deno/linux-x64-glibc/deno'),
    'run',
    '--no-prompt',
    '--cached-only',
    '--allow-net=127.0.0.1',
  ),
  command('Bun', join(modules, '.bin/bun'), 'run', '--no-install'),
  { name: 'workerd', program: workerd, readExport: (folder, { url }) => runInWorker(folder, url) },
  { name: 'Chromium', program: browser, readExport: (folder, mock) => runInChromium(browser, folder, mock) },
];

export async function versionOf(program: string): Promise<string> {
  const [version = ''] = /\d+(\.\d+)+|\d{4}-\d\d-\d\d/.exec(await run(program, ['--version'], here)) ?? [];
  return version;
}
