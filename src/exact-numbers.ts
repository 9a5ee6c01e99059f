/**
 * A number behind a name. The quote before the colon ends a string: one that begins a string never follows a letter, and
 * one inside of a string follows a backslash.
 */
const VALUE = /(\w":[ \t]*)(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?)/gi;

/** In valid JSON: an escaped character, a quote, a number. */
const TOKEN = /\\.|"|-?\d[\d.e+-]*/gi;

/** `JSON.parse` that gives every number as the string it was written as, so that no digit is lost. */
export function parseExact(json: string): unknown {
  const item = JSON.parse(json.replace(VALUE, '$1"$2"'));
  return isFlat(item) ? item : parseNested(json);
}

/** Whether all numbers stood behind names like those of line items: none is left, not even deeper inside. */
function isFlat(item: Record<string, unknown>): boolean {
  for (const name in item) if (typeof item[name] === 'number' || typeof item[name] === 'object') return false;
  return typeof item === 'object';
}

/** Takes five times as long, wherever the numbers are. The JSON is valid: it has been parsed before. */
function parseNested(json: string): unknown {
  let inString = false;
  const quoted = json.replace(TOKEN, (token) => {
    if (token === '"') inString = !inString;
    return inString || token === '"' ? token : `"${token}"`;
  });
  return JSON.parse(quoted);
}
