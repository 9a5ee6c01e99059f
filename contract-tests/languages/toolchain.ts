import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Language } from './language.ts';

/** The commands that the caller guarantees: if one does not exist, that is a failure, not a reason to skip. */
const guaranteed = (process.env.TOOLCHAINS ?? '').split(' ');

/** What package managers print if they cannot reach their registry. */
const UNREACHABLE =
  /name resolution|resolve host|unknown host|no such host|getaddrinfo|ENOTFOUND|ECONN|refused|unreachable|no route|timed? ?out|proxy|forbidden|status code: (403|407|5\d\d)/i;

export interface Toolchain {
  env: NodeJS.ProcessEnv;
  /** Why the language cannot be tested here. */
  missing?: string;
}

/**
 * Installs the packages of a language in the user's cache, unless they are there already. Throws if they cannot be
 * installed for a reason other than the network, or if a guaranteed command is missing.
 */
export async function installToolchain(tools: Omit<Language, 'rows'>): Promise<Toolchain> {
  const { name, needs, locks, install, isHeavy = false } = tools;
  const folder = import.meta.dirname;
  const hash = createHash('sha256').update(install);
  for (const lock of locks) hash.update(readFileSync(join(folder, lock)));
  const base = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const cache = join(
    base,
    'partner-unbilled-usage',
    `${name.toLowerCase().replaceAll(' ', '-')}-${hash.digest('hex').slice(0, 12)}`,
  );
  const env = {
    ...process.env,
    CACHE: cache,
    // Java 17 reads sources, and writes, in the encoding of the locale.
    LC_ALL: 'C.UTF-8',
    CARGO_TARGET_DIR: join(cache, 'target'),
    PATH: join(cache, 'bin') + delimiter + process.env.PATH,
  };

  if (isHeavy && process.env.HEAVY !== 'true') return { env, missing: 'takes minutes and needs HEAVY=true' };
  for (const [command, version] of Object.entries(needs)) {
    const { status, stdout, stderr } = spawnSync(command, { shell: true, encoding: 'utf8' });
    if (version.test(stdout + stderr)) continue;
    const [program = ''] = command.split(' ');
    const missing = `needs ${program}: \`${command}\` does not print ${version}`;
    if (status === 127 && guaranteed.includes(program)) throw new Error(missing);
    return { env, missing };
  }

  const marker = join(cache, 'installed');
  if (existsSync(marker)) return { env };
  console.error(`Installing the packages for ${name} …`);
  rmSync(cache, { recursive: true, force: true });
  mkdirSync(join(cache, 'bin'), { recursive: true });
  for (const lock of locks) cpSync(join(folder, lock), join(cache, basename(lock)));
  try {
    await promisify(execFile)('sh', ['-ec', install], { cwd: cache, env, maxBuffer: 1e8 });
  } catch (error) {
    const output = String(error instanceof Error && 'stdout' in error ? `${error.stdout}${error.message}` : error);
    if (!UNREACHABLE.test(output)) throw error;
    return { env, missing: `needs its package registry: ${output.slice(-300)}` };
  }
  writeFileSync(marker, '');
  return { env };
}
