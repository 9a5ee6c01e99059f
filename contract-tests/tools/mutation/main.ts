import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readDocument } from '../../../spec/document.ts';
import type { Equivalent } from './equivalent.ts';
import { mutants } from './mutants.ts';
import { markdown, summary } from './report.ts';
import { run } from './run.ts';
import { judge, stands } from './verdict.ts';

const tests = join(import.meta.dirname, '../../contract');
const { values: options } = parseArgs({
  options: {
    /** Limits the run to this JSON pointer of the document. */
    only: { type: 'string', default: '' },
    spec: { type: 'string', default: join(tests, '../../spec/openapi.yaml') },
    /** Test files to use instead of the project's. */
    suite: { type: 'string', multiple: true },
    equivalent: { type: 'string', default: join(import.meta.dirname, 'equivalent.ts') },
    reports: { type: 'string', default: join(tests, '../../reports') },
  },
});
const started = performance.now();
const seconds = () => `${Math.round((performance.now() - started) / 1000)} s`;

const directory = await mkdtemp(join(tmpdir(), 'contract-mutation-'));
const end = (code: number): never => {
  rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  process.exit(code);
};
process.once('SIGINT', () => end(130)).once('SIGTERM', () => end(143));
setTimeout(() => {
  console.error('The run did not finish within 30 minutes.');
  end(1);
}, 1_800_000).unref();

try {
  const { equivalents }: { equivalents: Equivalent[] } = await import(resolve(options.equivalent));
  const document = readDocument(options.spec);
  const within = ({ pointer }: { pointer: string }) => `${pointer}/`.startsWith(`${options.only}/`);
  const all = [...mutants(document)].filter(within);
  if (!all.length) throw new Error(`There is no rule at "${options.only}" in ${options.spec}.`);
  console.log(`${all.length} mutants of ${options.spec}`);

  const rules = (await readdir(tests)).filter((file) => /^rules-.*\.test\.ts$/.test(file)).sort();
  const own = options.suite?.map((suite) => resolve(suite));
  const outcomes = await run({
    document,
    mutants: all,
    suites: own ?? [...rules.map((file) => join(tests, file)), join(tests, 'examples.test.ts')],
    mockSuites: own ? [] : [join(tests, 'canaries.served.test.ts')],
    directory,
    onProgress: (killed) => console.log(`${killed} of ${all.length} killed, ${seconds()}`),
  });

  const verdict = judge(outcomes, equivalents.filter(within));
  await mkdir(options.reports, { recursive: true });
  await writeFile(join(options.reports, 'contract-mutation.md'), markdown(outcomes, verdict));
  await writeFile(join(options.reports, 'contract-mutation.json'), JSON.stringify(outcomes, null, 2));
  console.log(`\n${summary(verdict)}\n\n${seconds()}; each mutant: ${join(options.reports, 'contract-mutation.md')}`);
  end(stands(verdict) ? 0 : 1);
} catch (error) {
  console.error(error);
  end(1);
}
