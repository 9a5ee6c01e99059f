const LIMIT = 200;

/**
 * Quotes a value from a service for a report. Removes tokens, SAS signatures, control characters, and everything after
 * 200 characters. Shows only the keys of an object, since its values may be secrets.
 */
export function quote(value: unknown): string {
  if (typeof value === 'string') return `"${excerpt(value)}"`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null)
    return `an object with ${excerpt(Object.keys(value).join(', ') || 'no keys')}`;
  return String(value);
}

/** Cleans a text from a service in the same way, without quotation marks. */
export function excerpt(text: string): string {
  const clean = withoutSecrets(text.slice(0, 20 * LIMIT));
  return printable(clean.length > LIMIT ? `${clean.slice(0, LIMIT)}…` : clean);
}

/** Removes tokens and SAS signatures from a text. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/\bBearer\s+[^\s"',]+/gi, 'Bearer [redacted]')
    .replace(/\beyJ[\w-]*\.[\w-]+(\.[\w-]*)*/g, '[redacted]')
    .replace(/\b(sig(?:=|%3D))[^&\s"'<>]*/gi, '$1[redacted]');
}

/** Replaces characters that could control a terminal, and marks that Azure Pipelines obeys. */
export function printable(text: string): string {
  return text.replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ').replaceAll('##', '# #');
}
