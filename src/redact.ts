/** The number of characters that are searched for secrets. Nothing beyond them is ever shown. */
const SCAN = 65_536;
/** The number of secrets to remember. */
const NEWEST = 100;
const HIDDEN = '[redacted]';

/**
 * User info in a URL, a token after `Bearer`, JSON in base64 such as a JWT, the SAS of a manifest, the signature of a
 * SAS.
 */
const SECRET =
  /(?<=\/\/)[^/?#\s]*(?=@)|(?<=\bBearer\s+)[^\s"',]+|\beyJ[\w.-]{8,}|(?<="sasToken"\s*:\s*")[^"]*|(?<=\bsig=)[^&\s"'<>]*/gi;

/** The secrets in use, each in every form in which a text can contain it. */
const secrets: string[][] = [];

/**
 * Hides a token or a signature in all later messages. One of fewer than 8 characters is skipped: it could be any word.
 */
export function conceal(secret = ''): void {
  if (secrets.some(([known]) => known === secret) || !/^[!-~]{8,}$/.test(secret)) return;
  secrets.push([secret, decode(secret).replace(/=+$/, '')].flatMap(formsOf));
  if (secrets.length > NEWEST) secrets.shift();
}

/** Returns the text, and its base64 and base64url forms for each of the three offsets at which it can begin. */
function formsOf(text: string): string[] {
  return [0, 1, 2].flatMap((skipped) => {
    const code = btoa(text.slice(skipped)).replace(/.{1,3}=+$/, '');
    return [text, code, code.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** Decodes the escapes of JSON, URLs and HTML for visible ASCII, even nested ones. */
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

/** Replaces white space and control characters with single spaces. */
export function clean(text: string): string {
  return text.replace(/[\s\p{Cc}\p{Bidi_C}]+/gu, ' ');
}

/** Returns a text without its secrets. A text without secrets is returned unchanged, up to 65,536 characters. */
export function redact(text: string): string {
  const start = text.slice(0, SCAN);
  const cleaned = clean(start);
  const once = hide(cleaned);
  const decoded = clean(decode(once));
  const twice = hide(decoded);
  const result = twice !== decoded ? twice : once !== cleaned ? once : start;
  // The end may contain the first half of a secret.
  return start === text ? result : result.slice(0, -SCAN / 2);
}

/** Returns an untrusted text for a message: without secrets, on one line, with 200 characters at most. */
export function excerpt(text: string): string {
  return clean(redact(text)).replace(/^(.{200}).+/, '$1…');
}

/**
 * Returns an untrusted value for a message. For an object, it lists only the keys, because the values may be secrets.
 */
export function quote(value: unknown): string {
  if (typeof value === 'string') return `"${excerpt(value)}"`;
  if (Array.isArray(value)) return 'an array';
  if (value && typeof value === 'object') return `{${excerpt(Object.keys(value).join(', '))}}`;
  return typeof value === 'function' ? 'a function' : String(value);
}

/** Returns the message of an error and of its causes, where `fetch` keeps the reason. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return quote(error);
  return excerpt(error.cause ? `${error.message}: ${reason(error.cause)}` : error.message);
}

/** Returns a URL without the parts that may be secret: user info, query and fragment. */
export function bareUrl(url: string | URL): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
