import type { Json } from '../../../spec/document.ts';

export type Node = Json;
export type Level = 'major' | 'minor';
export type Direction = 'request' | 'response';

/**
 * What a changed keyword does to the values that a schema allows. `addition` is what readers have been told to expect
 * (a new property, a new value of an open list); `other` cannot be told, so it is taken for the worst.
 */
export type Effect = 'narrower' | 'wider' | 'addition' | 'other' | 'none';

/**
 * What breaks whom. A caller breaks when what it sends is refused, so a request may only take more. A reader breaks when
 * it gets what it was promised it would not, so a response may only promise more. Responses are open: additions break
 * nobody. Generated clients break when a name of theirs is gone: operation, schema, property, parameter.
 */
export const levels: Record<Direction, Record<Exclude<Effect, 'none'>, Level>> = {
  request: { narrower: 'major', wider: 'minor', addition: 'minor', other: 'major' },
  response: { narrower: 'minor', wider: 'major', addition: 'minor', other: 'major' },
};

type Rule = (before: Node, after: Node) => Effect;

/** One of two sets of values has members that the other has not. */
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

/** A list that allows its members only: without it, everything is allowed. */
const allowed: Rule = (before, after) => presence(before, after) ?? ofSets('wider', 'narrower')(before, after);

/** `number` allows what `integer` does. */
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

/** A restriction that is new, or gone. */
export function presence(before: Node, after: Node): Effect | undefined {
  if (before === undefined) return 'narrower';
  return after === undefined ? 'wider' : undefined;
}

/** Without it, all are allowed, which `true` says as well. */
const additionalProperties: Rule = (before = true, after = true) => {
  if (before === after) return 'none';
  if (before === true || after === false) return 'narrower';
  return after === true || before === false ? 'wider' : 'other';
};

const words: Rule = () => 'none';

/** The keywords of a schema whose values are compared as they are. What is not in this table has no rule: `other`. */
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
