import { existsSync, readFileSync } from 'node:fs';

/** The package's version. Sources and build lie at different depths, so package.json is looked for upwards. */
export function version(): string {
  let folder = new URL('.', import.meta.url);
  while (!existsSync(new URL('package.json', folder))) folder = new URL('..', folder);
  return JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')).version;
}
