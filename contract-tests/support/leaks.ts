// Every suite uses the same token, and each SAS is recorded here. Whatever the library throws, prints or stores is
// searched for them: see `failure`, `emptyDirectory` and the tests of the command.

const secrets = new Set(['test-token']);

/** Records the signature of a SAS, as written and decoded. Returns the SAS. */
export function noteSas(sasToken: string): string {
  for (const [, signature = ''] of sasToken.matchAll(/sig=([^&]+)/g)) {
    secrets.add(signature).add(decodeURIComponent(signature));
  }
  return sasToken;
}

/** Returns the base64 of a text within a longer text, for each of the three possible offsets. */
function inBase64(text: string): string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.from(' '.repeat(before) + text).toString('base64');
    return encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + text.length) * 8) / 6));
  });
}

/** Returns the secrets in a text: plain, percent-encoded once or twice, or in base64. */
export function leaksIn(text: string): string[] {
  return [...secrets].filter((secret) => {
    const encoded = encodeURIComponent(secret);
    return [secret, encoded, encodeURIComponent(encoded), ...inBase64(secret)].some((form) => text.includes(form));
  });
}
