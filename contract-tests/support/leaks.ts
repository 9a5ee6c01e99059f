// Every suite uses the same token, and each SAS that it hands out is noted here. What the library throws, prints or stores
// is searched for all of them: see `failure`, `emptyDirectory` and the tests of the command.

const secrets = new Set(['test-token']);

/** Notes the signature of a SAS, as it is and decoded. */
export function noteSas(sasToken: string): string {
  for (const [, signature = ''] of sasToken.matchAll(/sig=([^&]+)/g)) {
    secrets.add(signature).add(decodeURIComponent(signature));
  }
  return sasToken;
}

/** A text as base64 has it within a longer one, for each of the three places where it can begin. */
function inBase64(text: string): string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.from(' '.repeat(before) + text).toString('base64');
    return encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + text.length) * 8) / 6));
  });
}

/** The secrets in a text: plain, percent-encoded once or twice, or in base64. */
export function leaksIn(text: string): string[] {
  return [...secrets].filter((secret) => {
    const encoded = encodeURIComponent(secret);
    return [secret, encoded, encodeURIComponent(encoded), ...inBase64(secret)].some((form) => text.includes(form));
  });
}
