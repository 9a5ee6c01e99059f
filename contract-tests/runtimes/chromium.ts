import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Outcome } from './outcome.ts';
import { type Mock, startPageServer } from './page-server.ts';
import { within } from './within.ts';

/** Flags for a browser without a window that only talks to the server of the page. */
const FLAGS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** Opens a page with page.js in Chromium, with its profile in the folder. */
export async function runInChromium(program: string, folder: string, mock: Mock): Promise<Outcome> {
  const entryPoints = [join(folder, 'page.js')];
  const outfile = join(folder, 'page-bundle.js');
  await build({ entryPoints, outfile, bundle: true, format: 'esm', platform: 'browser' });
  const server = await startPageServer(await readFile(outfile), mock);
  const args = [...FLAGS, `--user-data-dir=${join(folder, 'profile')}`, server.url];
  const browser = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  browser.stderr.setEncoding('utf8').on('data', (piece) => {
    stderr += piece;
  });
  const kill = () => browser.kill('SIGKILL');
  process.once('exit', kill);
  const close = once(browser, 'close');
  const end = close.then(([code]) => Promise.reject(new Error(`ended with ${code}`)));
  try {
    return JSON.parse(await within(60_000, Promise.race([server.outcome, end])));
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${stderr.slice(-2_000)}`);
  } finally {
    kill();
    // Its stderr is closed after all of its processes have ended.
    await close;
    process.off('exit', kill);
    await server.close();
  }
}
