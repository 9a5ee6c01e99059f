import { existsSync, readFileSync } from 'node:fs';
import type { Skipped } from './finding.ts';

const readJson = (file: URL) => JSON.parse(readFileSync(file, 'utf8'));

/** What the library is measured beside, with the version of each. */
export const peers: Record<string, string> = readJson(new URL('package.json', import.meta.url)).dependencies;

/** Some are dependencies of the project too, and found there when the bench's own are not installed. */
export function isInstalled(name: string): boolean {
  const files = ['node_modules', '../node_modules'].map(
    (folder) => new URL(`${folder}/${name}/package.json`, import.meta.url),
  );
  const found = files.find((file) => existsSync(file));
  return found !== undefined && readJson(found).version === peers[name];
}

/** A peer as a module. It may not be installed when types are checked, so the caller says what it needs of it. */
export async function importPeer<Module>(name: string): Promise<Module> {
  return import(name);
}

/** The way to those that are missing. */
export const INSTALL = 'npm ci --prefix bench';

/** What a smoke run says where a peer is not there. */
export function missing(what: string, beside: string): Skipped {
  return { what, beside, skipped: `not installed: ${INSTALL}` };
}
