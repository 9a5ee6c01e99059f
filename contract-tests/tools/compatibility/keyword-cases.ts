import type { Effect } from './rules.ts';

/** A keyword with two values, the effect of changing the first to the second, and the effect of the reverse. */
export const keywordCases: [keyword: string, before: unknown, after: unknown, there: Effect, back: Effect][] = [
  ['type', undefined, 'string', 'narrower', 'wider'],
  ['type', 'string', ['string', 'null'], 'wider', 'narrower'],
  ['type', 'integer', 'number', 'wider', 'narrower'],
  ['type', 'string', 'integer', 'other', 'other'],
  ['type', ['number', 'string'], ['string', 'number'], 'none', 'none'],
  ['enum', undefined, ['a'], 'narrower', 'wider'],
  ['enum', ['a'], ['a', 'b'], 'wider', 'narrower'],
  ['enum', ['a'], ['b'], 'other', 'other'],
  ['const', undefined, 'a', 'narrower', 'wider'],
  ['const', 'a', 'b', 'other', 'other'],
  ['format', undefined, 'uri', 'narrower', 'wider'],
  ['pattern', undefined, '^a', 'narrower', 'wider'],
  ['pattern', '^a', '^b', 'other', 'other'],
  ['multipleOf', undefined, 2, 'narrower', 'wider'],
  ...['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'].flatMap(
    (keyword): typeof keywordCases => [
      [keyword, undefined, 1, 'narrower', 'wider'],
      [keyword, 1, 2, 'narrower', 'wider'],
    ],
  ),
  ...['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'].flatMap(
    (keyword): typeof keywordCases => [
      [keyword, undefined, 1, 'narrower', 'wider'],
      [keyword, 1, 2, 'wider', 'narrower'],
    ],
  ),
  ['uniqueItems', undefined, true, 'narrower', 'wider'],
  ['additionalProperties', undefined, true, 'none', 'none'],
  ['additionalProperties', undefined, false, 'narrower', 'wider'],
  ['additionalProperties', true, { type: 'string' }, 'narrower', 'wider'],
  ['additionalProperties', { type: 'string' }, false, 'narrower', 'wider'],
  ['additionalProperties', { type: 'string' }, { type: 'integer' }, 'other', 'other'],
  ['required', undefined, ['a'], 'narrower', 'wider'],
  ['required', ['a', 'b'], ['b', 'a'], 'none', 'none'],
  ['required', ['a'], ['b'], 'other', 'other'],
  ['default', undefined, 'a', 'addition', 'other'],
  ['default', 'a', 'b', 'other', 'other'],
  ['deprecated', undefined, true, 'addition', 'addition'],
  ['x-extensible-enum', ['a'], ['a', 'b'], 'addition', 'addition'],
  ['x-attribute-sets', ['full'], ['full', 'basic'], 'addition', 'other'],
  ...['$comment', 'title', 'description', 'example', 'examples', 'externalDocs'].map(
    (keyword): (typeof keywordCases)[number] => [keyword, undefined, 'a', 'none', 'none'],
  ),
];
