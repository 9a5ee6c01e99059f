/** A number as JSON writes it; not one before a colon, which would become a key. */
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?!\s*:)/g;

/**
 * A number behind a name. The quote before the colon ends a string: one that begins a string never follows a letter, and
 * one inside of a string follows a backslash.
 */
const VALUE = /(\w":[ \t]*)(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;

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

/** Numbers stand between strings: it goes from quote to quote and puts quotes around what it finds between. */
function parseNested(json: string): unknown {
  let quoted = '';
  let copied = 0;
  let end = 0;
  while (end < json.length) {
    const open = json.indexOf('"', end);
    const gapEnd = open === -1 ? json.length : open;
    if (gapEnd - end > 1) {
      quoted += json.slice(copied, end) + json.slice(end, gapEnd).replace(NUMBER, '"$&"');
      copied = gapEnd;
    }
    if (open === -1) break;
    end = endOfString(json, open);
  }
  return JSON.parse(quoted + json.slice(copied));
}

/** The place behind the string that opens at `open`. */
function endOfString(json: string, open: number): number {
  let close = json.indexOf('"', open + 1);
  while (close !== -1 && isEscaped(json, close)) close = json.indexOf('"', close + 1);
  return close === -1 ? json.length : close + 1;
}

function isEscaped(json: string, at: number): boolean {
  let before = at - 1;
  while (json[before] === '\\') before--;
  return (at - before) % 2 === 0;
}
