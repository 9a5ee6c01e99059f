import { createHmac, randomBytes } from 'node:crypto';
import { spec } from '../document/document.ts';

const HOUR_MS = 3_600_000;

/** Signs and checks the SAS of a directory, in the format of the contract's example. */
export class SasSigner {
  #key = randomBytes(32);
  #expiredKey: Buffer | undefined;

  /** Returns a SAS without a leading `?`, which is valid for `validForMs` from now. */
  sign(validForMs = HOUR_MS): string {
    const sas = new URLSearchParams(spec.components.examples.manifest.value.sasToken);
    const now = Date.now();
    for (const [name, ms] of [
      ['skt', now - HOUR_MS],
      ['ske', now + 7 * 24 * HOUR_MS],
      ['se', now + validForMs],
    ] as const) {
      if (sas.has(name)) sas.set(name, `${new Date(ms).toISOString().slice(0, 19)}Z`);
    }
    sas.set('sig', signature(this.#key, sas));
    return sas.toString();
  }

  /** Makes every SAS that was handed out expire now. */
  expire(): void {
    this.#expiredKey = this.#key;
    this.#key = randomBytes(32);
  }

  /** Returns what is wrong with the SAS of a request, or `undefined`. */
  problem(sas: URLSearchParams): string | undefined {
    const isSignedWith = (key: Buffer) => sas.get('sig') === signature(key, sas);
    const hasExpired = this.#expiredKey && isSignedWith(this.#expiredKey);
    if (!hasExpired && !isSignedWith(this.#key)) return 'Signature did not match.';
    if (hasExpired || !(Date.parse(sas.get('se') ?? '') > Date.now())) {
      return 'Signature not valid in the specified time frame.';
    }
    return undefined;
  }
}

function signature(key: Buffer, sas: URLSearchParams): string {
  const signed = [...sas].filter(([name]) => name !== 'sig').sort(([a], [b]) => (a < b ? -1 : 1));
  return createHmac('sha256', key).update(JSON.stringify(signed)).digest('base64');
}
