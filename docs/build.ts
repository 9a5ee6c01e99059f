import { execFileSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { httpReference } from './http-reference.ts';

// The command `npm run docs`: writes the two references as Markdown, then builds the site. Fails on a dead link and on an
// export without a comment. `npm run docs -- dev` serves the pages while you write, `-- preview` serves the built site.

const [command = 'build', ...options] = process.argv.slice(2);
const run = (program: string, ...args: string[]) =>
  execFileSync(program, args, { stdio: 'inherit', shell: process.platform === 'win32' });

if (command !== 'preview') {
  await rm('docs/reference', { recursive: true, force: true });
  await mkdir('docs/reference', { recursive: true });
  await writeFile('docs/reference/http.md', httpReference('spec/openapi.yaml'));
  run('typedoc');
}
run('vitepress', command, 'docs', ...options);
