import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The library as published, or its sources. */
export interface Library {
  index: typeof import('../src/index.ts');
  node: typeof import('../src/node/index.ts');
  /** The URL of the main entry, for other processes to import. */
  entry: string;
  /** The file of the command. */
  command: string;
}

const built = new URL('../dist/src/', import.meta.url);
const sources = new URL('../src/', import.meta.url);

/**
 * Imports the built library, or for a smoke run the sources, which need no build.
 *
 * @throws if the build is older than a source
 */
export async function importLibrary(smoke: boolean): Promise<Library> {
  const [root, end] = smoke ? [sources, 'ts'] : [built, 'js'];
  if (!smoke && newest(sources) > newest(built)) throw new Error('dist/ is older than src/. First run: npm run build');
  const url = (name: string) => new URL(`${name}.${end}`, root);
  const entry = url('index').href;
  return {
    index: await import(entry),
    node: await import(url('node/index').href),
    entry,
    command: fileURLToPath(url('cli/main')),
  };
}

/** Returns the time of the last change in a folder, or negative infinity if there is no file. */
function newest(folder: URL): number {
  try {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.[jt]s$/.test(name));
    return Math.max(...names.map((name) => statSync(new URL(name, folder)).mtimeMs));
  } catch {
    return Number.NEGATIVE_INFINITY;
  }
}
