const LIMIT = 200;

const secrets: [RegExp, string][] = [
  [/\/\/[^/?#\s]*@/g, '//[redacted]@'],
  [/\bBearer\s+[^\s"',]+/gi, 'Bearer [redacted]'],
  [/\beyJ[\w-]*\.[\w-]+(\.[\w-]*)*/g, '[redacted]'],
  [/("sasToken"\s*:\s*)"[^"]*"?/gi, '$1"[redacted]"'],
  [/\b(sig(?:=|%3D))[^&\s"'<>]*/gi, '$1[redacted]'],
];

/** A text from outside as it may stand in a message: without tokens and SAS signatures, on one line, bounded. */
export function excerpt(text: string): string {
  const clean = secrets
    .reduce((rest, [secret, replacement]) => rest.replace(secret, replacement), text.slice(0, 20 * LIMIT))
    .replace(/\s+/g, ' ');
  return clean.length > LIMIT ? `${clean.slice(0, LIMIT)}…` : clean;
}

/** Any value as it may stand in a message. Of an object only the keys are shown, since its values may be secrets. */
export function quote(value: unknown): string {
  if (typeof value === 'string') return `"${excerpt(value)}"`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null)
    return `an object with ${excerpt(Object.keys(value).join(', ') || 'no keys')}`;
  return typeof value === 'function' ? 'a function' : String(value);
}

/** What an error says, with its causes: `fetch` keeps the reason there. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return quote(error);
  return excerpt(error.cause ? `${error.message}: ${reason(error.cause)}` : error.message);
}
