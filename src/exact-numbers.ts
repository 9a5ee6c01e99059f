/** A string, or a number as JSON writes it. A number before a colon would be a key without quotes: no JSON. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?!\s*:)/g;

/** `JSON.parse` that gives every number as the string it was written as, so that no digit is lost. */
export function parseExact(json: string): unknown {
  return JSON.parse(json.replace(TOKEN, (token) => (token.startsWith('"') ? token : `"${token}"`)));
}
