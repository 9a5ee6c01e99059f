import { createHmac } from 'node:crypto';

const HOUR_MS = 3_600_000;
/** The first version with the fields below. */
const VERSION = '2020-12-06';
/** Azurite's public account and its key. */
export const ACCOUNT = 'devstoreaccount1';
const KEY = Buffer.from(
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
  'base64',
);

/**
 * Returns a SAS that creates containers and blobs.
 *
 * @see https://learn.microsoft.com/rest/api/storageservices/create-account-sas
 */
export function accountSas(): string {
  const se = timeIn(HOUR_MS);
  const sig = signature([ACCOUNT, 'cw', 'b', 'co', '', se, '', '', VERSION, '', '']);
  return `${new URLSearchParams({ sv: VERSION, ss: 'b', srt: 'co', sp: 'cw', se, sig })}`;
}

/**
 * Returns a SAS that reads and lists the blobs of a container, and is valid for `validForMs` from now.
 *
 * @see https://learn.microsoft.com/rest/api/storageservices/create-service-sas
 */
export function containerSas(container: string, validForMs = HOUR_MS): string {
  const se = timeIn(validForMs);
  const resource = `/blob/${ACCOUNT}/${container}`;
  const sig = signature(['rl', '', se, resource, '', '', '', VERSION, 'c', '', '', '', '', '', '', '']);
  return `${new URLSearchParams({ sv: VERSION, se, sr: 'c', sp: 'rl', sig })}`;
}

function timeIn(ms: number): string {
  return `${new Date(Date.now() + ms).toISOString().slice(0, 19)}Z`;
}

function signature(fields: string[]): string {
  return createHmac('sha256', KEY).update(fields.join('\n')).digest('base64');
}
