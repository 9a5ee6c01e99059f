import type { Description, Node } from './description.ts';
import { type Shape, shapeOf } from './shape.ts';

export type Report = (kind: string, where: string) => void;

interface Side {
  description: Description;
  schema: Node;
  name: string;
}

/** The placeholder for future members of an evolvable enum, which is never sent. */
const PLACEHOLDER = 'unknownFutureValue';

/**
 * Compares two schemas and everything that they refer to. Does not compare required properties of responses, which the
 * vendor's metadata cannot express, formats, null as an element, which most arrays allow, and the annotations of OData
 * (`@odata.…`).
 */
export function compareSchemas(our: Side, their: Side, direction: 'request' | 'response', report: Report): void {
  const a = shapeOf(our.description, our.schema, our.name);
  const b = shapeOf(their.description, their.schema, their.name);
  const isElement = our.name.endsWith('[]');
  const where = our.name === direction ? `${a.name} (${b.name})` : `${our.name} (${their.name})`;

  if (b.deprecation) report('deprecated', `${where}, ${b.deprecation}`);
  const types = [a.types, b.types].map((each) => [...each].sort().join(', '));
  if (types[0] && types[1] && types[0] !== types[1]) report('type changed', `${where} from ${types[0]} to ${types[1]}`);
  if (direction === 'response' && b.nullable && !a.nullable && !isElement) report('may be null', where);
  compareValues();
  if (a.properties.size > 0) compareProperties();
  for (const kind of new Set([...a.kinds.keys(), ...b.kinds.keys()])) {
    const [x, y] = [a.kinds.get(kind), b.kinds.get(kind)];
    if (x && y) into({ schema: x, name: direction }, { schema: y, name: direction });
    else report(`kind ${x ? 'gone' : 'new'}`, `${kind} of ${where}`);
  }
  if (a.items && b.items)
    into({ schema: a.items, name: `${our.name}[]` }, { schema: b.items, name: `${their.name}[]` });

  function into(x: { schema: Node; name: string }, y: { schema: Node; name: string }): void {
    compareSchemas({ ...our, ...x }, { ...their, ...y }, direction, report);
  }

  /**
   * Compares lists of values. Those of requests are closed and must be the same. In responses, only new values matter.
   */
  function compareValues(): void {
    if (direction === 'request' && a.values.size > 0 !== b.values.size > 0) {
      report(`request values ${b.values.size > 0 ? 'new' : 'gone'}`, where);
    } else if (a.values.size > 0) {
      for (const value of b.values) if (isNew(value, a)) report(`${direction} value new`, `${value} of ${where}`);
      for (const value of direction === 'request' ? a.values : []) {
        if (isNew(value, b)) report('request value gone', `${value} of ${where}`);
      }
    }
  }

  function compareProperties(): void {
    for (const [name, property] of a.properties) {
      const other = b.properties.get(name);
      if (other) into(property, other);
      else if (!name.includes('@odata.')) report(`${direction} property gone`, property.name);
    }
    for (const [name, property] of b.properties) {
      if (!a.properties.has(name) && !name.includes('@odata.')) report(`${direction} property new`, property.name);
    }
    if (direction === 'response') return;
    for (const name of a.properties.keys()) {
      if (a.required.has(name) === b.required.has(name) || !b.properties.has(name)) continue;
      report(`request property ${b.required.has(name) ? 'required' : 'not required'}`, `${a.name}.${name}`);
    }
  }
}

function isNew(value: unknown, shape: Shape): boolean {
  return value !== PLACEHOLDER && !shape.values.has(value);
}
