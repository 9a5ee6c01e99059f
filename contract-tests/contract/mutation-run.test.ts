import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const document = { components: { schemas: { X: { required: ['a'], minLength: 1, const: 'c', format: 'uri' } } } };
const pointer = '/components/schemas/X/minLength';

// The first suite checks `required` and cannot be loaded with another `const`. The second one checks `format`. None
// checks `minLength`.
const suite = `import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
const { X } = JSON.parse(readFileSync(process.env.CONTRACT_SPEC, 'utf8')).components.schemas;
if (X.const !== 'c') throw new Error('no const');
it('a is required', () => expect(X.required).toEqual(['a']));
`;
const other = `import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
it('it is a URI', () => expect(readFileSync(process.env.CONTRACT_SPEC, 'utf8')).toContain('"format":"uri"'));
`;

interface RunResult {
  code: unknown;
  stdout: string;
  stderr: string;
}
let directory: string;

/** Runs `npm run contract:mutate` for the small contract and suite. */
async function mutate(name: string, tests: string, equivalents: object[]): Promise<RunResult> {
  const folder = join(directory, name);
  await mkdir(folder);
  const write = async (file: string, content: string) => {
    await writeFile(join(folder, file), content);
    return join(folder, file);
  };
  const options = [
    ...['--spec', await write('spec.json', JSON.stringify(document))],
    ...['--suite', await write('small.test.ts', tests), '--suite', await write('other.test.ts', other)],
    ...['--equivalent', await write('equivalent.ts', `export const equivalents = ${JSON.stringify(equivalents)};`)],
    ...['--reports', folder],
  ];
  const environment = Object.entries(process.env).filter(
    ([variable]) => !/^(VITEST|CONTRACT_|NODE_ENV)/.test(variable),
  );
  return new Promise((resolve) => {
    const main = join(import.meta.dirname, '../tools/mutation/main.ts');
    execFile(process.execPath, [main, ...options], { env: Object.fromEntries(environment) }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

describe('a run', { timeout: 60_000 }, () => {
  const all = ['removed', 'changed to 0', 'changed to 2'];
  const reason = 'Nobody counts.';
  let results: Record<string, RunResult>;

  beforeAll(async () => {
    // Within the project, so that its packages are found.
    const reports = join(import.meta.dirname, '../../reports');
    await mkdir(reports, { recursive: true });
    directory = await mkdtemp(join(reports, 'mutation-run-'));
    results = Object.fromEntries(
      await Promise.all(
        Object.entries({
          unexplained: mutate('unexplained', suite, [{ pointer, changes: ['removed'], reason }]),
          explained: mutate('explained', suite, [{ pointer, changes: all, reason }]),
          stale: mutate('stale', suite, [{ pointer, changes: [...all, 'changed to 3'], reason }]),
          failing: mutate('failing', suite.replace("['a']", "['b']"), []),
        }).map(async ([name, run]) => [name, await run] as const),
      ),
    );
  }, 60_000);
  afterAll(() => rm(directory, { recursive: true }));

  it('fails and lists each survivor without an explanation', () => {
    const { code, stdout } = results.unexplained as RunResult;
    expect(stdout).toContain(`SURVIVED: not killed by any test
  bound: ${pointer} changed to 0
  bound: ${pointer} changed to 2
`);
    expect(stdout).toMatch(/^bound +3 +0 +1 +2$/m);
    expect(code).toBe(1);
  });

  it('passes if all mutants are killed or explained, and prints the explanations', () => {
    const { code, stdout } = results.explained as RunResult;
    expect(stdout).toContain(`No difference: ${reason}\n  bound: ${pointer} removed\n`);
    expect(stdout).not.toMatch(/SURVIVED|STALE/);
    expect(code).toBe(0);
  });

  it('fails for an explanation without a survivor', () => {
    const { code, stdout } = results.stale as RunResult;
    expect(stdout).toContain(`STALE: explained, but not a survivor\n  ${pointer} changed to 3\n`);
    expect(code).toBe(1);
  });

  it('does not start if a test fails without any change', () => {
    const { code, stdout, stderr } = results.failing as RunResult;
    expect(stderr).toContain('The contract fails without any change: small > a is required: expected');
    expect(stdout).toBe(`7 mutants of ${join(directory, 'failing/spec.json')}\n`);
    expect(code).toBe(1);
  });

  it('reports each mutant with its killer, even if a suite could not be loaded', async () => {
    const report = await readFile(join(directory, 'explained/contract-mutation.md'), 'utf8');
    expect(report).toContain(
      "| required | `` /components/schemas/X/required/0 `` | `` removed `` | small > a is required: expected [] to deeply equal [ 'a' ]",
    );
    expect(report).toContain(
      '| format | `` /components/schemas/X/format `` | `` removed `` | other > it is a URI: expected',
    );
    expect(report).toContain('| `` changed to "c-other" `` | small > the contract can be loaded: no const |');
    expect(report).toContain('| `` changed to 0 `` | **none**: Nobody counts. |');
    const outcomes = JSON.parse(await readFile(join(directory, 'explained/contract-mutation.json'), 'utf8'));
    expect(outcomes).toHaveLength(7);
  });
});
