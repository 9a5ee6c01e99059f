import { createHmac, randomBytes } from 'node:crypto';
import { spec } from '../document/document.ts';

const HOUR_MS = 3_600_000;

/** Signs and checks the SAS of a directory, in the format of the contract's example. */
export class SasSigner {
  readonly #key = randomBytes(32);

  /** Returns a SAS without a leading `?`, which is valid for `validForMs` from now. */
  sign(directory: string, validForMs = HOUR_MS): string {
    const sas = new URLSearchParams(spec.components.examples.manifest.value.sasToken);
    const now = Date.now();
    for (const [name, ms] of [
      ['skt', now - HOUR_MS],
      ['ske', now + 7 * 24 * HOUR_MS],
      ['se', now + validForMs],
    ] as const) {
      if (sas.has(name)) sas.set(name, `${new Date(ms).toISOString().slice(0, 19)}Z`);
    }
    sas.set('sig', this.#signature(directory, sas));
    return sas.toString();
  }

  /** Returns what is wrong with the SAS of a request to a directory, or `undefined`. */
  problem(directory: string, sas: URLSearchParams): string | undefined {
    if (sas.get('sig') !== this.#signature(directory, sas)) return 'Signature did not match.';
    if (!(Date.parse(sas.get('se') ?? '') > Date.now())) return 'Signature not valid in the specified time frame.';
    return undefined;
  }

  #signature(directory: string, sas: URLSearchParams): string {
    const signed = [...sas].filter(([name]) => name !== 'sig').sort(([a], [b]) => (a < b ? -1 : 1));
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([directory, signed]))
      .digest('base64');
  }
}
