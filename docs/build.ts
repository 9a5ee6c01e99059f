import { execFileSync } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import MarkdownIt from 'markdown-it';
import { deadLinks } from './dead-links.ts';

// What `npm run docs` runs: the guides, the API and the HTTP reference as one static site.

const root = fileURLToPath(new URL('..', import.meta.url));
const site = join(root, 'site');

/** Guide, its page, its name in the navigation. */
const guides = [
  ['../README.md', 'index.html', 'Start'],
  ['cli.md', 'cli.html', 'Command line'],
  ['authentication.md', 'authentication.html', 'Authentication'],
  ['api.md', 'api.html', 'TypeScript'],
  ['behaviour.md', 'behaviour.html', 'Faults'],
  ['service-differences.md', 'service-differences.html', 'Service'],
  ['testing.md', 'testing.html', 'Testing'],
  ['ci.md', 'ci.html', 'CI'],
  ['benchmarks.md', 'benchmarks.html', 'Benchmarks'],
] as const;
const references = [
  ['api/index.html', 'API'],
  ['http/index.html', 'HTTP'],
] as const;

const markdown = new MarkdownIt();
// A wide table scrolls by itself, not the page.
markdown.renderer.rules.table_open = () => '<div class="wide"><table>';
markdown.renderer.rules.table_close = () => '</table></div>';
markdown.renderer.rules.heading_open = (tokens, index) => {
  const title = tokens[index + 1]?.content.toLowerCase() ?? '';
  return `<${tokens[index]?.tag} id="${title.replace(/[^\w -]/g, '').replaceAll(' ', '-')}">`;
};

function page(body: string, current: string): string {
  const entries = [...guides.map(([, path, name]) => [path, name] as const), ...references];
  const links = entries.map(([path, name]) => {
    return `<a href="${path}"${path === current ? ' aria-current="page"' : ''}>${name}</a>`;
  });
  const title = /<h1[^>]*>(.*)<\/h1>/.exec(body)?.[1] ?? '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – partner-unbilled-usage</title>
<link rel="stylesheet" href="site.css">
</head>
<body>
<header><strong>partner-unbilled-usage</strong><nav>${links.join('\n')}</nav></header>
<main>${body}</main>
</body>
</html>
`;
}

await rm(site, { recursive: true, force: true });
await mkdir(site);
await cp(join(root, 'docs/site.css'), join(site, 'site.css'));
for (const [guide, path] of guides) {
  const body = markdown.render(await readFile(join(root, 'docs', guide), 'utf8'));
  const linked = guides.reduce((html, [from, to]) => html.replaceAll(`href="${from}`, `href="${to}`), body);
  await writeFile(join(site, path), page(linked, path));
}

const run = (command: string, ...args: string[]) => execFileSync(command, args, { cwd: root, stdio: 'inherit' });
run('typedoc', '--out', join(site, 'api'));
const reference = join(site, 'http/index.html');
run('redocly', 'build-docs', 'spec/openapi.yaml', '--output', reference);
const back = '<p style="margin: 0; padding: 0.6rem 1rem"><a href="../index.html">Guides</a></p>';
await writeFile(reference, (await readFile(reference, 'utf8')).replace('<body>', `<body>${back}`));

// The routes of the HTTP reference are its own script's.
const dead = (await deadLinks(site)).filter((link) => !link.startsWith('http/'));
for (const link of dead) console.error(`Dead link in ${link}`);
if (dead.length > 0) process.exit(1);
console.log('The site is in site/; open site/index.html.');
