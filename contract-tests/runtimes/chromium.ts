import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Outcome } from './outcome.ts';
import { type Mock, startPageServer } from './page-server.ts';
import { within } from './within.ts';

/** Without a window, and without a word to anybody but the page's server. */
const ALONE = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** Opens a page with page.js in a Chromium, whose profile is in the folder. */
export async function runInChromium(program: string, folder: string, mock: Mock): Promise<Outcome> {
  const entryPoints = [join(folder, 'page.js')];
  const outfile = join(folder, 'page-bundle.js');
  await build({ entryPoints, outfile, bundle: true, format: 'esm', platform: 'browser' });
  const server = await startPageServer(await readFile(outfile), mock);
  const args = [...ALONE, `--user-data-dir=${join(folder, 'profile')}`, server.url];
  const browser = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaints = '';
  browser.stderr.setEncoding('utf8').on('data', (piece) => {
    complaints += piece;
  });
  const kill = () => browser.kill('SIGKILL');
  process.once('exit', kill);
  const closed = once(browser, 'close');
  const ended = closed.then(([code]) => Promise.reject(new Error(`ended with ${code}`)));
  try {
    return JSON.parse(await within(60_000, Promise.race([server.outcome, ended])));
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${complaints.slice(-2_000)}`);
  } finally {
    kill();
    // Only when all of its processes are gone is its stderr closed.
    await closed;
    process.off('exit', kill);
    await server.close();
  }
}
