import { readdirSync, readFileSync } from 'node:fs';

/** The README and the guides. */
export const pages = [
  'README.md',
  ...readdirSync('docs').flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
];

export interface Block {
  page: string;
  line: number;
  code: string;
}

/** Returns the code blocks of a language in a page, with their first lines. */
export function blocksOf(page: string, language: string): Block[] {
  const text = readFileSync(page, 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(({ 1: code = '', index }) => ({
    page,
    line: text.slice(0, index).split('\n').length + 1,
    code,
  }));
}

/** Returns a block as a module. Adds `client`, the code of the first block in the README, if the block creates none. */
export function moduleOf(code: string, client: string): string {
  return `${/\bconst client\b|\bclient\b.* from /.test(code) ? '' : client}${code}\nexport {};\n`;
}
