import { describe, expect, it } from 'vitest';
import { problems } from '../kit/document/problems.ts';
import { anObject, expectKind, type Kind } from './documented-values.ts';

/** The documentation of each property: its kind, and whether it may be missing. */
export type Documented = Record<string, readonly [Kind, 'required' | 'optional']>;

/**
 * Checks a schema of the contract against the documented properties of an object. `valid` has only the required ones.
 * If the object is part of another one, `schema` names that one and `put` inserts the object into it.
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
    it(`is an object that may${closed ? ' not' : ''} have unknown properties`, () => {
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
