import type { Json } from '../../../spec/document.ts';

export type Node = Json;
export type Level = 'major' | 'minor';
export type Direction = 'request' | 'response';

/**
 * The effect of a changed keyword on the values that a schema allows. `addition` is a change that readers must expect
 * (a new property, a new value of an open list). `other` is unknown, so the worst is assumed.
 */
export type Effect = 'narrower' | 'wider' | 'addition' | 'other' | 'none';

/**
 * The level of each effect. A caller breaks if its request is rejected, so requests may only become more permissive. A
 * reader breaks if it receives unexpected values, so responses may only become more restrictive. Responses are open, so
 * additions break nobody. Generated clients break if a name is removed: an operation, schema, property or parameter.
 */
export const levels: Record<Direction, Record<Exclude<Effect, 'none'>, Level>> = {
  request: { narrower: 'major', wider: 'minor', addition: 'minor', other: 'major' },
  response: { narrower: 'minor', wider: 'major', addition: 'minor', other: 'major' },
};

type Rule = (before: Node, after: Node) => Effect;

/** Compares two sets of values. */
function ofSets(isMore: Effect, isLess: Effect): Rule {
  return (before, after) => {
    const [old, now] = [new Set([before].flat()), new Set([after].flat())];
    const more = [...now].some((value) => !old.has(value));
    const less = [...old].some((value) => !now.has(value));
    if (more && less) return 'other';
    if (more) return isMore;
    return less ? isLess : 'none';
  };
}

/** A list of the only allowed values. Without it, everything is allowed. */
const allowed: Rule = (before, after) => presence(before, after) ?? ofSets('wider', 'narrower')(before, after);

/** `number` includes `integer`. */
const type: Rule = (before, after) => {
  const withIntegers = (types: Node) =>
    [types].flat().flatMap((each) => (each === 'number' ? [each, 'integer'] : each));
  return presence(before, after) ?? ofSets('wider', 'narrower')(withIntegers(before), withIntegers(after));
};

const restriction: Rule = (before, after) => presence(before, after) ?? 'other';

function bound(isNarrower: (before: number, after: number) => boolean): Rule {
  return (before, after) => presence(before, after) ?? (isNarrower(before, after) ? 'narrower' : 'wider');
}

const lower = bound((before, after) => after > before);
const upper = bound((before, after) => after < before);

/** Returns the effect of adding or removing a restriction. */
export function presence(before: Node, after: Node): Effect | undefined {
  if (before === undefined) return 'narrower';
  return after === undefined ? 'wider' : undefined;
}

/** If it is missing, all are allowed, as with `true`. */
const additionalProperties: Rule = (before = true, after = true) => {
  if (before === after) return 'none';
  if (before === true || after === false) return 'narrower';
  return after === true || before === false ? 'wider' : 'other';
};

const words: Rule = () => 'none';

/** The keywords of a schema whose values are compared directly. A keyword without a rule has the effect `other`. */
export const keywords: Record<string, Rule> = {
  type,
  enum: allowed,
  const: restriction,
  format: restriction,
  pattern: restriction,
  multipleOf: restriction,
  minimum: lower,
  exclusiveMinimum: lower,
  minLength: lower,
  minItems: lower,
  minProperties: lower,
  maximum: upper,
  exclusiveMaximum: upper,
  maxLength: upper,
  maxItems: upper,
  maxProperties: upper,
  uniqueItems: (_, after) => (after ? 'narrower' : 'wider'),
  additionalProperties,
  required: (before, after) => ofSets('narrower', 'wider')(before ?? [], after ?? []),
  default: (before) => (before === undefined ? 'addition' : 'other'),
  deprecated: () => 'addition',
  'x-extensible-enum': () => 'addition',
  'x-attribute-sets': (before, after) => ofSets('addition', 'other')(before ?? [], after ?? []),
  $comment: words,
  title: words,
  description: words,
  example: words,
  examples: words,
  externalDocs: words,
};
