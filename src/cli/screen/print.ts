/** Control characters, and characters that change the direction of text. */
const UNSAFE = /[\p{Cc}\p{Bidi_C}]/gu;

/** Writes a line of text. Untrusted text in it cannot move the cursor or look like another line. */
export function print(line: string, stream: NodeJS.WritableStream): void {
  stream.write(`${plain(line)}\n`);
}

/** Writes a value as one line of JSON. */
export function printJson(value: unknown, stream: NodeJS.WritableStream): void {
  stream.write(toJson(value));
}

/** Returns a value as one line of JSON. */
export function toJson(value: unknown): string {
  return `${escaped(JSON.stringify(value))}\n`;
}

/** Returns JSON lines with escapes for unsafe characters. */
export function escaped(json: string): string {
  return json.replace(UNSAFE, (character) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export function plain(text: string): string {
  return text.replace(UNSAFE, ' ');
}
