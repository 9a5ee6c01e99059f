import type { Description, Node } from './description.ts';
import type { Findings } from './findings.ts';
import { type Shape, shapeOf } from './shape.ts';

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
export function compareSchemas(our: Side, their: Side, direction: 'request' | 'response', findings: Findings): void {
  const a = shapeOf(our.description, our.schema, our.name);
  const b = shapeOf(their.description, their.schema, their.name);
  const isPartial = b.dangling.length > 0;
  const isElement = our.name.endsWith('[]');
  const where = our.name === direction ? `${a.name} (${b.name})` : `${our.name} (${their.name})`;

  findings.lookAt(where);
  for (const reference of b.dangling) report('reference leads nowhere', reference);
  if (b.deprecation) report(`deprecated, ${b.deprecation}`, where);
  const types = [a.types, b.types].map((each) => [...each].sort().join(', '));
  if (types[0] && types[1] && types[0] !== types[1]) report('type changed', `${where} from ${types[0]} to ${types[1]}`);
  if (b.nullable && !a.nullable && !isElement) report('may be null', where);
  compareValues();
  const properties = their.description.hasSubclasses ? a.properties : commonProperties();
  if (properties.size > 0) compareProperties();
  if (their.description.hasSubclasses) compareKinds();
  if (a.items && b.items)
    into({ schema: a.items, name: `${our.name}[]` }, { schema: b.items, name: `${their.name}[]` });

  function into(x: { schema: Node; name: string }, y: { schema: Node; name: string }): void {
    compareSchemas({ ...our, ...x }, { ...their, ...y }, direction, findings);
  }

  function report(kind: string, place: string): void {
    findings.report(kind, place);
  }

  function compareKinds(): void {
    for (const kind of new Set([...a.kinds.keys(), ...b.kinds.keys()])) {
      const [x, y] = [a.kinds.get(kind), b.kinds.get(kind)];
      if (x && y) into({ schema: x, name: direction }, { schema: y, name: direction });
      else if (y) report('kind new', `${kind} of ${where}`);
      else if (!isPartial) report('kind gone', `${kind} of ${where}`);
    }
  }

  /** Returns the properties, or those that all kinds have. */
  function commonProperties(): Shape['properties'] {
    const [first, ...others] = [...a.kinds.values()].map(
      (kind) => shapeOf(our.description, kind, direction).properties,
    );
    return first ? new Map([...first].filter(([name]) => others.every((other) => other.has(name)))) : a.properties;
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
    for (const [name, property] of properties) {
      findings.lookAt(property.name);
      const other = b.properties.get(name);
      if (other) into(property, other);
      else if (!isPartial && !name.includes('@odata.')) report(`${direction} property gone`, property.name);
    }
    for (const [name, property] of b.properties) {
      if (!properties.has(name) && !name.includes('@odata.')) report(`${direction} property new`, property.name);
    }
    if (direction === 'response') return;
    for (const name of properties.keys()) {
      if (a.required.has(name) === b.required.has(name) || !b.properties.has(name)) continue;
      report(`request property ${b.required.has(name) ? 'required' : 'not required'}`, `${a.name}.${name}`);
    }
  }
}

function isNew(value: unknown, shape: Shape): boolean {
  return value !== PLACEHOLDER && !shape.values.has(value);
}
