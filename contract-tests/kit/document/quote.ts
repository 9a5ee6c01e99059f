const LIMIT = 200;

/**
 * Quotes what a service sent, for a report. Leaves out tokens and the signatures of SAS, characters that would control a
 * terminal, and everything after 200 characters. Of an object it shows only the keys, since the values may be secrets.
 */
export function quote(value: unknown): string {
  if (typeof value === 'string') return `"${excerpt(value)}"`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null)
    return `an object with ${excerpt(Object.keys(value).join(', ') || 'no keys')}`;
  return String(value);
}

/** Shortens a text from outside in the same way, without quotation marks. */
export function excerpt(text: string): string {
  const clean = text
    .slice(0, 20 * LIMIT)
    .replace(/\bBearer\s+[^\s"',]+/gi, 'Bearer [redacted]')
    .replace(/\beyJ[\w-]*\.[\w-]+(\.[\w-]*)*/g, '[redacted]')
    .replace(/\b(sig(?:=|%3D))[^&\s"'<>]*/gi, '$1[redacted]');
  return printable(clean.length > LIMIT ? `${clean.slice(0, LIMIT)}…` : clean);
}

/** Replaces the characters that would control a terminal. */
export function printable(text: string): string {
  return text.replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ');
}
