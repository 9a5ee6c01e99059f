import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Outcome } from './outcome.ts';
import { within } from './within.ts';

/** The part of miniflare that is used here. The root does not install it, so the compiler must not look for it. */
interface Miniflare {
  dispatchFetch: (url: string) => Promise<Response>;
  dispose: () => Promise<void>;
}
const MINIFLARE: string = 'miniflare';

/** Runs worker.js in workerd. */
export async function runInWorker(folder: string, mockUrl: string): Promise<Outcome> {
  const entryPoints = [join(folder, 'worker.js')];
  const outfile = join(folder, 'worker-bundle.js');
  await build({ entryPoints, outfile, bundle: true, format: 'esm', conditions: ['workerd', 'worker', 'browser'] });
  const { Miniflare } = await import(MINIFLARE);
  const worker: Miniflare = new Miniflare({
    modules: true,
    script: await readFile(outfile, 'utf8'),
    compatibilityDate: '2025-01-01',
    bindings: { BASE_URL: `${mockUrl}/v1.0` },
  });
  try {
    const response = await within(30_000, worker.dispatchFetch('http://localhost/'));
    if (!response.ok) throw new Error(await response.text());
    return (await response.json()) as Outcome;
  } finally {
    await worker.dispose();
  }
}
