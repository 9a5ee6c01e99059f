import { existsSync, readFileSync } from 'node:fs';
import { anchorOf, rewrites, siteLink } from './site-links.ts';

// The configuration of the site. It does not use VitePress' `defineConfig`, because only contract-tests/tools installs
// VitePress. SITE_BASE is the path of the site on its server, such as /partner-unbilled-usage/.

const { homepage, description } = JSON.parse(readFileSync('package.json', 'utf8'));
const repository = homepage.replace(/#.*/, '');
const sidebarFile = 'docs/reference/typescript/typedoc-sidebar.json';
const entries: { items: object[] }[] = existsSync(sidebarFile) ? JSON.parse(readFileSync(sidebarFile, 'utf8')) : [];

export default {
  title: 'partner-unbilled-usage',
  description,
  lang: 'en',
  base: process.env.SITE_BASE ?? '/',
  srcDir: '..',
  outDir: '../site',
  srcExclude: ['**/node_modules/**', '**/dist/**', 'reports/**', '*-output/**', 'bench/**'],
  rewrites,
  cleanUrls: true,
  markdown: {
    anchor: { slugify: anchorOf },
    languageAlias: { crontab: 'sh' },
    config: (md: MarkdownIt) => {
      const open = md.renderer.rules.link_open;
      md.renderer.rules.link_open = (tokens, index, options, env, self) => {
        const token = tokens[index];
        const href = token?.attrGet('href');
        if (href) token?.attrSet('href', siteLink(href, sourceOf(env.path), repository));
        return open?.(tokens, index, options, env, self) ?? '';
      };
      // Keeps Vue from interpreting braces in code.
      const inline = md.renderer.rules.code_inline;
      md.renderer.rules.code_inline = (...args) => inline?.(...args).replace('<code', '<code v-pre') ?? '';
    },
  },
  transformPageData: ({ relativePath }: { relativePath: string }) =>
    relativePath === 'benchmarks.md' ? { frontmatter: { aside: false, pageClass: 'wide' } } : undefined,
  themeConfig: {
    search: { provider: 'local' },
    socialLinks: [{ icon: 'github', link: repository }],
    outline: [2, 3],
    nav: [
      { text: 'Command line', link: '/cli' },
      { text: 'TypeScript', link: '/api' },
      { text: 'Other languages', link: '/contract' },
      { text: 'CI', link: '/ci' },
    ],
    sidebar: [
      {
        text: 'Guides',
        items: [
          { text: 'Start', link: '/' },
          { text: 'Command line', link: '/cli' },
          { text: 'Authentication', link: '/authentication' },
          { text: 'TypeScript API', link: '/api' },
          { text: 'Other languages', link: '/contract' },
          { text: 'Testing', link: '/testing' },
          { text: 'CI', link: '/ci' },
          { text: 'Behaviour under faults', link: '/behaviour' },
          { text: 'What the service does', link: '/service-differences' },
        ],
      },
      {
        text: 'Reference',
        items: [
          { text: 'HTTP', link: '/reference/http' },
          {
            text: 'TypeScript',
            link: '/reference/typescript/',
            collapsed: true,
            items: entries.flatMap(({ items }) => items),
          },
          { text: 'Mock and checks', link: '/kit' },
          { text: 'List of checks', link: '/checks' },
          { text: 'Benchmarks', link: '/benchmarks' },
        ],
      },
      {
        text: 'Project',
        items: [
          { text: 'Changelog', link: '/changelog' },
          { text: 'Security', link: '/security' },
          { text: 'Contributing', link: '/contributing' },
          { text: 'Architecture', link: '/architecture' },
        ],
      },
    ],
  },
};

/** Returns the path of a page in the repository. The search index passes the path on the site instead. */
function sourceOf(path: string): string {
  const page = path.slice(`${process.cwd()}/`.length).replaceAll('\\', '/');
  const source = Object.keys(rewrites).find((path) => rewrites[path] === page);
  return source ?? (existsSync(page) ? page : `docs/${page}`);
}

/** The part of the Markdown renderer that the configuration uses. */
interface MarkdownIt {
  renderer: {
    rules: Record<
      string,
      ((tokens: Token[], index: number, options: unknown, env: { path: string }, self: unknown) => string) | undefined
    >;
  };
}

interface Token {
  attrGet: (name: string) => string | null;
  attrSet: (name: string, value: string) => void;
}
