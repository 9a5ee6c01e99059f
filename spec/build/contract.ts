import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const file = new URL('../openapi.yaml', import.meta.url);

/** The contract as it is written. */
export const source = readFileSync(file, 'utf8');

// biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document is walked by the names of its own format.
export type Json = any;

/** The contract, its references as they are. */
export const contract: Json = parse(source);

/** The contract without references. A discriminator needs references to choose between, so it is gone as well. */
export function dereference(): Json {
  const redocly = createRequire(import.meta.url).resolve('@redocly/cli/bin/cli.js');
  const bundled = execFileSync(
    process.execPath,
    [redocly, 'bundle', fileURLToPath(file), '--dereferenced', '--ext', 'json'],
    {
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
      maxBuffer: 16 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  return JSON.parse(bundled.toString(), (key, value) => (key === 'discriminator' ? undefined : value));
}
