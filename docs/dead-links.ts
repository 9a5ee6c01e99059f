import { existsSync, statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/** The links of all pages below a folder that lead to no file of it, or to no place in one, as `page: link`. */
export async function deadLinks(folder: string): Promise<string[]> {
  const pages = (await readdir(folder, { recursive: true })).filter((path) => path.endsWith('.html'));
  const contents = new Map(
    await Promise.all(
      pages.map(async (page) => [join(folder, page), await readFile(join(folder, page), 'utf8')] as const),
    ),
  );
  const dead: string[] = [];
  for (const [page, html] of contents) {
    // What scripts make of a page is theirs.
    for (const [, link = ''] of html.replace(/<script\b.*?<\/script>/gs, '').matchAll(/\s(?:href|src)="([^"]*)"/g)) {
      if (/^(https?|mailto|data):/.test(link)) continue;
      const [path = '', place] = link.split('#').map((part) => decodeURIComponent(part.split('?')[0] ?? ''));
      const found = path === '' ? page : join(dirname(page), path);
      const file = existsSync(found) && statSync(found).isDirectory() ? join(found, 'index.html') : found;
      const missing = relative(folder, file).startsWith('..') || !existsSync(file);
      if (missing || (place && contents.has(file) && !contents.get(file)?.includes(`id="${place}"`))) {
        dead.push(`${relative(folder, page)}: ${link}`);
      }
    }
  }
  return dead;
}
