import type { Json } from '../../../spec/document.ts';

// JSON pointers, and the `$ref` that holds one: https://www.rfc-editor.org/rfc/rfc6901

/** Writes a path as a JSON pointer. */
export function toPointer(path: readonly string[]): string {
  return path.map((key) => `/${escapePointer(key)}`).join('');
}

/** Escapes a key for use in a JSON pointer. */
export function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** Returns the node at a JSON pointer, or `undefined` if the pointer leads nowhere. */
export function nodeAt(document: Json, pointer: string): Json {
  return pointer
    .split('/')
    .slice(1)
    .reduce((parent, key) => parent?.[key.replaceAll('~1', '/').replaceAll('~0', '~')], document);
}

/** Returns the node that a `$ref` within the same document points to. */
export function resolve(document: Json, ref: string): Json {
  return nodeAt(document, ref.replace(/^#/, ''));
}
