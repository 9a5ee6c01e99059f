/** Control characters, and characters that change the direction of text. */
const UNSAFE = /[\p{Cc}\p{Bidi_C}]/gu;

/** Writes a line of text. Untrusted text in it cannot move the cursor or look like another line. */
export function print(line: string, stream: NodeJS.WritableStream): void {
  stream.write(`${plain(line)}\n`);
}

/** Writes a value as one line of JSON. */
export function printJson(value: unknown, stream: NodeJS.WritableStream): void {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  stream.write(`${JSON.stringify(value).replace(UNSAFE, escaped)}\n`);
}

export function plain(text: string): string {
  return text.replace(UNSAFE, ' ');
}
