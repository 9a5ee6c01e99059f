import { existsSync, readFileSync } from 'node:fs';

/**
 * Returns the version of the package. Searches upwards for package.json, because sources and build have different
 * depths.
 */
export function version(): string {
  let folder = new URL('.', import.meta.url);
  while (!existsSync(new URL('package.json', folder))) folder = new URL('..', folder);
  return JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')).version;
}
