import fc from 'fast-check';

/** Any code point, half a surrogate pair as well; those of everyday texts more often. */
export const character = fc
  .oneof(fc.nat({ max: 0x7f }), fc.nat({ max: 0xff }), fc.nat({ max: 0xffff }), fc.nat({ max: 0x10ffff }))
  .map((codePoint) => String.fromCodePoint(codePoint));

/**
 * The same without the backslash: where a key of an object has had one, V8 can take a later key with an escape for it.
 *
 * @see https://github.com/nodejs/node/issues/63785
 */
export const keyCharacter = character.filter((each) => each !== '\\');
