/** Replaces `/node` in a browser's bundle. Fails on import with a message that says why. */
function unavailable(): never {
  throw new Error(
    'partner-unbilled-usage/node writes files, so it needs Node.js, Deno or Bun. Here, read line items with partner-unbilled-usage.',
  );
}

export const downloadExport: never = unavailable();
export const DirectoryError: never = unavailable();
export const readDownload: never = unavailable();
