import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import manifest from '../../package.json' with { type: 'json' };
import kit from '../kit/package.json' with { type: 'json' };
import { emptyDirectory } from '../support/play.ts';
import { runProgram } from '../support/run-program.ts';

const sources: Record<string, string> = {
  'release.yml': '.github/workflows/release.yml',
  'owner.posix.test.ts': 'contract-tests/package/owner.posix.test.ts',
};
// Split, so that neither the check of a release nor the command finds it here.
const PLACEHOLDER = `${'OWN'}ER/partner-unbilled-usage`;

describe.each([manifest, kit])('the manifest of $name', ({ name, repository, homepage, bugs, keywords }) => {
  it('links to its repository', () => {
    const url = manifest.homepage.replace('#readme', '');
    expect(repository.url).toBe(`git+${url}.git`);
    expect(bugs).toBe(`${url}/issues`);
    expect(homepage).toBe(name === manifest.name ? `${url}#readme` : `${url}/tree/main/contract-tests/kit#readme`);
    expect(keywords).toContain('microsoft-graph');
  });
});

describe('the placeholder of the owner', () => {
  let folder: string;
  let check: string;
  let replace: string;
  const sh = (command: string) => runProgram('bash', ['-e', '-c', command], { cwd: folder });

  beforeAll(async () => {
    const { jobs } = parse(await readFile('.github/workflows/release.yml', 'utf8'));
    check = jobs.build.steps.find(({ run = '' }) => run.includes('git grep')).run;
    replace = /git grep -lz .*/.exec(await readFile('CONTRIBUTING.md', 'utf8'))?.[0] ?? 'false';
  });

  it('stops a release until one command has replaced it', async () => {
    folder = await emptyDirectory();
    const [, owner] = /github\.com\/([^/]+)\//.exec(manifest.homepage) ?? [];
    for (const file of ['README.md', 'CONTRIBUTING.md', 'package.json', 'release.yml', 'owner.posix.test.ts']) {
      const text = await readFile(sources[file] ?? file, 'utf8');
      await writeFile(join(folder, file), text.replaceAll(`${owner}/partner-unbilled-usage`, PLACEHOLDER));
    }
    expect(await sh('git init --quiet && git add .')).toMatchObject({ code: 0 });

    const result = await sh(check);
    expect(result).toMatchObject({ code: 1, stderr: '' });
    expect(new Set(result.stdout.match(/^[^:]+/gm))).toEqual(new Set(['README.md', 'package.json']));
    expect(await sh(replace)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await sh(check)).toEqual({ code: 0, stdout: '', stderr: '' });
    const { repository } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    expect(repository.url).toBe('git+https://github.com/contoso/partner-unbilled-usage.git');
  });
});
