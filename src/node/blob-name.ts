import type { Manifest } from '../../generated/index.ts';
import { ContractError } from '../errors.ts';
import type { ExportHandle } from '../export.ts';

/** Names of devices on Windows, with or without an extension. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(\.|$)/i;

/** Returns whether a name is a plain file name on every system, and not one of the download's own files. */
export function isSafeName(name: string): boolean {
  return (
    /^[^/\\:*?#"<>|\p{Cc}\p{Cs}]+$/u.test(name) &&
    !/^\.\.?$|[. ]$|\.partial$|^export\./i.test(name) &&
    !DEVICE.test(name) &&
    new TextEncoder().encode(name).length <= 200
  );
}

/**
 * Checks that each blob name stays inside the directory, and that no two names are the same file.
 *
 * @throws A {@link ContractError}
 */
export function checkBlobNames({ blobs }: Pick<Manifest, 'blobs'>, handle: ExportHandle | undefined): void {
  const seen = new Set<string>();
  for (const [i, { name }] of blobs.entries()) {
    if (!isSafeName(name)) throw new ContractError(`manifest.blobs[${i}].name`, 'is not a safe file name', handle);
    const folded = unescaped(name).normalize('NFC').toLowerCase();
    if (seen.has(folded))
      throw new ContractError(`manifest.blobs[${i}].name`, 'is the same file as another one', handle);
    seen.add(folded);
  }
}

/** Decodes a name. It becomes part of a URL unchanged, so `%30` requests the blob named 0. */
function unescaped(name: string): string {
  return name.replace(/%([2-7][\da-f])/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}
