import { describe, expect, it } from 'vitest';
import { problems } from '../kit/document/problems.ts';
import { anObject, expectKind, type Kind } from './documented-values.ts';

/** What the documentation says of a property: what it is, and whether it may be missing. */
export type Documented = Record<string, readonly [Kind, 'required' | 'optional']>;

/**
 * Holds a schema of the contract against the documented properties of an object. `valid` has what is required and no more.
 * Where the object is within another, `put` sets it into that, which `schema` names.
 */
export function describeObject(
  name: string,
  valid: object,
  documented: Documented,
  { schema = name, put = (object: unknown) => object, closed = false } = {},
): void {
  const pointer = `/components/schemas/${schema}`;
  const cases = Object.entries(documented).map(
    ([property, [kind, presence]]) => [`${property}: ${kind.is}; ${presence}`, property, kind, presence] as const,
  );

  describe(name, () => {
    it(`is an object, which may${closed ? ' not' : ''} have properties that are new`, () => {
      const withNew = { ...valid, new: 1 };
      const takes = [valid, ...(closed ? [] : [withNew])];
      const refuses = [...anObject.refuses, ...(closed ? [withNew] : [])];
      expectKind(pointer, { is: anObject.is, takes, refuses }, put);
    });

    it.each(cases)('%s', (_, property, kind, presence) => {
      expectKind(pointer, kind, (value) => put({ ...valid, [property]: value }));
      const { [property]: __, ...without } = { ...valid } as Record<string, unknown>;
      expect(problems(pointer, put(without)).length === 0 ? 'optional' : 'required').toBe(presence);
    });
  });
}
