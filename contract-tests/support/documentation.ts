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

/** The blocks of a language in a page, with the line where each begins. */
export function blocksOf(page: string, language: string): Block[] {
  const text = readFileSync(page, 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(({ 1: code = '', index }) => ({
    page,
    line: text.slice(0, index).split('\n').length + 1,
    code,
  }));
}

/** A block as a module. The README's blocks go on with the client of the first, which is given to those that have none. */
export function moduleOf(code: string, client: string): string {
  return `${/\bconst client\b|\bclient\b.* from /.test(code) ? '' : client}${code}\nexport {};\n`;
}
