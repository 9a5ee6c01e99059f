import fc from 'fast-check';
import { character, keyCharacter } from './character.ts';

/** JSON text in any style, and its value with each number as the string that was written. */
export interface JsonText {
  text: string;
  exact: unknown;
}

/** Strings that resemble JSON. */
const tricky = ['"', '":1', '{"Price":0.50}', '1', ' :', '[2,', '\ufeff', '\n', '\u2028', '__proto__'];

/** Writes a string with the necessary escapes, or with all characters escaped. */
const writeString = (exact: string) => {
  const escaped = exact.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return fc.constantFrom(JSON.stringify(exact), `"${escaped}"`).map((text) => ({ text, exact }));
};
const key = fc.oneof(fc.constantFrom(...tricky), fc.string({ unit: keyCharacter, maxLength: 6 })).chain(writeString);
const string = fc
  .oneof(fc.constantFrom('\\', '\\"', '\\\\"', ...tricky), fc.string({ unit: character }))
  .chain(writeString);

const number = fc
  .stringMatching(/^-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?$/, { size: 'medium' })
  .map((text) => ({ text, exact: text }));
const word = fc.constantFrom(true, false, null).map((exact) => ({ text: `${exact}`, exact }));
const space = fc.constantFrom('', '', '', ' ', '\t', '\r', '  ');

/** Generates the JSON text of an object. */
export const { object: jsonObject } = fc.letrec<{ value: JsonText; object: JsonText; array: JsonText }>((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, number, string, word, tie('object'), tie('array')),
  array: fc.tuple(fc.array(tie('value'), { maxLength: 3 }), space).map(([items, gap]) => ({
    text: `[${gap}${items.map(({ text }) => text).join(`${gap},${gap}`)}${gap}]`,
    exact: items.map(({ exact }) => exact),
  })),
  object: fc.tuple(fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }), space).map(([members, gap]) => ({
    text: `{${gap}${members.map(([name, { text }]) => `${name.text}${gap}:${gap}${text}`).join(`${gap},${gap}`)}${gap}}`,
    exact: Object.fromEntries(members.map(([name, { exact }]) => [name.exact, exact])),
  })),
}));
