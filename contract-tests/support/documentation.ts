import { readdirSync, readFileSync } from 'node:fs';

/** The README and the guides. */
export const pages = [
  'README.md',
  ...readdirSync('docs').flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
];

export interface Block {
  page: string;
  line: number;
  /** Empty for the output of a command. */
  language: string;
  code: string;
}

/** Returns the code blocks of a page, or those in one language, in their order, each with its first line. */
export function blocksOf(page: string, language?: string): Block[] {
  const text = readFileSync(page, 'utf8');
  const blocks = [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(({ 1: language = '', 2: code = '', index }) => ({
    page,
    line: text.slice(0, index).split('\n').length + 1,
    language,
    code,
  }));
  return language === undefined ? blocks : blocks.filter((block) => block.language === language);
}

/** Returns a block as a module. Adds a client if the block uses that of an earlier block. */
export function moduleOf(code: string, client: string): string {
  return `${/\bconst client\b|\bclient\b.* from /.test(code) ? '' : client}${code}\nexport {};\n`;
}
