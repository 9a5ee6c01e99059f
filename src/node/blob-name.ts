import type { Manifest } from '../../generated/index.ts';
import { ContractError } from '../errors.ts';
import type { ExportHandle } from '../export.ts';

/** Names that mean a device on Windows, whatever comes behind a dot. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(\.|$)/i;

/** Whether a name is one file in one directory on every system, and none of the download's own. */
export function isSafeName(name: string): boolean {
  return (
    /^[^/\\:*?#"<>|\p{Cc}\p{Cs}]+$/u.test(name) &&
    !/^\.\.?$|[. ]$|\.partial$|^export\./i.test(name) &&
    !DEVICE.test(name) &&
    new TextEncoder().encode(name).length <= 200
  );
}

/**
 * Blob names come from outside; nothing is written but into the directory, each blob into a file of its own.
 *
 * @throws {@link ContractError}
 */
export function checkBlobNames({ blobs }: Pick<Manifest, 'blobs'>, handle: ExportHandle | undefined): void {
  const seen = new Set<string>();
  for (const [i, { name }] of blobs.entries()) {
    if (!isSafeName(name)) throw new ContractError(`manifest.blobs[${i}].name`, 'is no safe file name', handle);
    const folded = unescaped(name).normalize('NFC').toLowerCase();
    if (seen.has(folded))
      throw new ContractError(`manifest.blobs[${i}].name`, 'means the same file as another one', handle);
    seen.add(folded);
  }
}

/** A name is part of a URL as it is, so `%30` asks for the blob that is called 0. */
function unescaped(name: string): string {
  return name.replace(/%([2-7][\da-f])/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}
