/** How much of a text is searched for secrets, in characters. Nothing behind that is ever shown. */
const SCAN = 65_536;
/** How many secrets are kept. */
const NEWEST = 100;
const HIDDEN = '[redacted]';

/** User info in a URL, what stands behind `Bearer`, JSON in base64 such as a JWT, a manifest's SAS, a SAS's signature. */
const SECRET =
  /(?<=\/\/)[^/?#\s]*(?=@)|(?<=\bBearer\s+)[^\s"',]+|\beyJ[\w.-]{8,}|(?<="sasToken"\s*:\s*")[^"]*|(?<=\bsig=)[^&\s"'<>]*/gi;

/** The secrets in use, each with the forms in which a text can hold it. */
const secrets: string[][] = [];

/** Hides a token or a signature from now on, wherever it stands. One of less than 8 characters could be any word. */
export function conceal(secret = ''): void {
  if (secrets.some(([known]) => known === secret) || !/^[!-~]{8,}$/.test(secret)) return;
  secrets.push([secret, decode(secret).replace(/=+$/, '')].flatMap(formsOf));
  if (secrets.length > NEWEST) secrets.shift();
}

/** A text as it is, and what base64 and base64url make of it for each of the three places where it can begin. */
function formsOf(text: string): string[] {
  return [0, 1, 2].flatMap((skipped) => {
    const code = btoa(text.slice(skipped)).replace(/.{1,3}=+$/, '');
    return [text, code, code.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** Undoes the escapes of JSON, URLs and HTML for visible ASCII, even if they are nested. */
function decode(text: string): string {
  let decoded = text;
  for (let depth = 0; depth < 5; depth++) {
    decoded = decoded.replace(
      /(?:\\u00|%|&#x)([2-7][\da-f]);?|&#(1?\d\d);|\\(?!u)/gi,
      (_, hex, code = hex && `0x${hex}`) => (code ? String.fromCharCode(code) : ''),
    );
  }
  return decoded;
}

function hide(text: string): string {
  let rest = text;
  // A secret of few characters has empty forms, which would be found everywhere.
  for (const form of secrets.flat()) rest = rest.replaceAll(form || HIDDEN, HIDDEN);
  return rest.replace(SECRET, HIDDEN);
}

/** Replaces white space and all that a terminal obeys, such as control characters, by single spaces. */
export function clean(text: string): string {
  return text.replace(/[\s\p{Cc}\p{Bidi_C}]+/gu, ' ');
}

/** Returns a text without its secrets. One that holds none stays as it is, up to its 65,536th character. */
export function redact(text: string): string {
  const start = text.slice(0, SCAN);
  const cleaned = clean(start);
  const once = hide(cleaned);
  const decoded = clean(decode(once));
  const twice = hide(decoded);
  const shown = twice !== decoded ? twice : once !== cleaned ? once : start;
  // The end may hold the first half of a secret.
  return start === text ? shown : shown.slice(0, -SCAN / 2);
}

/** Returns a text from outside as a message may quote it: without secrets, on one line, of 200 characters at most. */
export function excerpt(text: string): string {
  return clean(redact(text)).replace(/^(.{200}).+/, '$1…');
}

/** Returns any value as a message may quote it. Of an object it names only the keys: the values may be secrets. */
export function quote(value: unknown): string {
  if (typeof value === 'string') return `"${excerpt(value)}"`;
  if (Array.isArray(value)) return 'an array';
  if (value && typeof value === 'object') return `{${excerpt(Object.keys(value).join(', '))}}`;
  return typeof value === 'function' ? 'a function' : String(value);
}

/** Returns what an error says, with its causes: `fetch` keeps the reason there. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return quote(error);
  return excerpt(error.cause ? `${error.message}: ${reason(error.cause)}` : error.message);
}

/** Returns a URL without what may be secret in it: user info, query and fragment. */
export function bareUrl(url: string | URL): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
