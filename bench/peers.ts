import { existsSync, readFileSync } from 'node:fs';
import type { Skipped } from './finding.ts';

const readJson = (file: URL) => JSON.parse(readFileSync(file, 'utf8'));

/** The packages that the library is compared with, and their versions. */
export const peers: Record<string, string> = readJson(new URL('package.json', import.meta.url)).dependencies;

/** Returns whether a peer is installed, in the bench or as a dependency of the project. */
export function isInstalled(name: string): boolean {
  const files = ['node_modules', '../node_modules'].map(
    (folder) => new URL(`${folder}/${name}/package.json`, import.meta.url),
  );
  const manifest = files.find((file) => existsSync(file));
  return manifest !== undefined && readJson(manifest).version === peers[name];
}

/** Imports a peer. It may be missing when types are checked, so the caller provides the type. */
export async function importPeer<Module>(name: string): Promise<Module> {
  return import(name);
}

/** The command that installs the peers. */
export const INSTALL = 'npm ci --prefix bench';

/** Returns the result of a smoke run for a missing peer. */
export function missing(what: string, beside: string): Skipped {
  return { what, beside, skipped: `not installed: ${INSTALL}` };
}
