import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { contractFile, type Json, parseDocument } from '../document.ts';

/** The text of the contract. */
export const source = readFileSync(contractFile, 'utf8');

/** The text of the workflows, which refer to the contract next to them. */
export const workflows = readFileSync(new URL('../unbilled-usage.arazzo.yaml', import.meta.url), 'utf8');

/** The contract with its references. */
export const contract: Json = parseDocument(source);

/** Returns the contract without references. Also removes discriminators, which need references. */
export function dereference(): Json {
  const redocly = createRequire(import.meta.url).resolve('@redocly/cli/bin/cli.js');
  const bundled = execFileSync(
    process.execPath,
    [redocly, 'bundle', fileURLToPath(contractFile), '--dereferenced', '--ext', 'json'],
    {
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
      maxBuffer: 16 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  return JSON.parse(bundled.toString(), (key, value) => (key === 'discriminator' ? undefined : value));
}
