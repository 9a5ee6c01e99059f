import fc from 'fast-check';

/** Generates any code point, including lone surrogates. Common ones are more frequent. */
export const character = fc
  .oneof(fc.nat({ max: 0x7f }), fc.nat({ max: 0xff }), fc.nat({ max: 0xffff }), fc.nat({ max: 0x10ffff }))
  .map((codePoint) => String.fromCodePoint(codePoint));

/**
 * Generates the same without the backslash. After a key with a backslash, V8 can confuse it with a later key that has
 * an escape.
 *
 * @see https://github.com/nodejs/node/issues/63785
 */
export const keyCharacter = character.filter((each) => each !== '\\');
