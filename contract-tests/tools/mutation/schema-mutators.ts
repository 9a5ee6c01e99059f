import { mutate as otherPatterns } from 'weapon-regex';
import type { Json } from '../../../spec/document.ts';
import { type Change, changed, eachRemoved, type Mutator, type Mutators, removed, renamed } from './change.ts';

/** Changes the values of a list of allowed or known values. */
const values =
  (rule: string, keyword: string): Mutator =>
  (list) => [...eachRemoved(rule, keyword, list), changed(rule, [keyword, '-'], 'foreign', 'foreign value added')];

const bound =
  (keyword: string): Mutator =>
  (value) => [removed('bound', keyword), ...[value - 1, value + 1].map((each) => changed('bound', [keyword], each))];

const branches =
  (keyword: string, other: string): Mutator =>
  (list, schema) => [...eachRemoved('branch', keyword, list), renamed('branch', [], schema, keyword, other)];

/** Mutations that only change how to search or what to capture, and anchors of other languages. */
const noOtherRule = /^(Greedy quantifier to reluctant|Capturing group to non-capturing|.* of input `)/;

function* pattern(value: string): Generator<Change> {
  yield removed('pattern', 'pattern');
  for (const { pattern, name } of otherPatterns(value, 'u')) {
    if (!noOtherRule.test(name)) yield changed('pattern', ['pattern'], pattern);
  }
}

function* type(value: string | string[]): Generator<Change> {
  yield removed('type', 'type');
  if (Array.isArray(value)) {
    yield* eachRemoved('type', 'type', value);
    yield changed('type', ['type', '-'], 'boolean', 'boolean added');
  } else {
    yield changed('type', ['type'], value === 'string' ? 'number' : 'string');
    yield changed('type', ['type'], [value, 'null']);
    if (value === 'integer') yield changed('type', ['type'], 'number');
  }
}

/** Restricts what an object schema leaves open. */
function* open(_: unknown, { properties, required = [], additionalProperties }: Json): Generator<Change> {
  if (!properties) return;
  for (const name of Object.keys(properties)) {
    if (!required.includes(name)) yield changed('required', ['required'], [...required, name], `${name} made required`);
  }
  if (additionalProperties === undefined) yield changed('additionalProperties', ['additionalProperties'], false);
}

export const schema: Mutators = {
  type,
  pattern,
  enum: values('enum', 'enum'),
  'x-extensible-enum': values('documented values', 'x-extensible-enum'),
  'x-attribute-sets': values('documented values', 'x-attribute-sets'),
  const: (value) => [removed('const', 'const'), changed('const', ['const'], `${value}-other`)],
  format: () => [removed('format', 'format')],
  default: () => [removed('default', 'default'), changed('default', ['default'], 'other')],
  required: (list) => eachRemoved('required', 'required', list),
  additionalProperties: (value) => [changed('additionalProperties', ['additionalProperties'], !value)],
  properties: (map) => eachRemoved('property', 'properties', map),
  items: () => [removed('type', 'items')],
  oneOf: branches('oneOf', 'anyOf'),
  anyOf: branches('anyOf', 'oneOf'),
  allOf: branches('allOf', 'anyOf'),
  discriminator: () => [removed('discriminator', 'discriminator')],
  'x-line-schema': () => [removed('reference', 'x-line-schema')],
  '': open,
};
for (const keyword of ['minLength', 'maxLength', 'minimum', 'maximum', 'minItems', 'maxItems']) {
  schema[keyword] = bound(keyword);
}

export const discriminator: Mutators = {
  propertyName: (name) => [changed('discriminator', ['propertyName'], `${name}2`)],
  mapping: (map) => [
    ...eachRemoved('discriminator', 'mapping', map),
    ...Object.keys(map).map((name) => changed('discriminator', ['mapping', name], '#/components/schemas/Other')),
  ],
};
