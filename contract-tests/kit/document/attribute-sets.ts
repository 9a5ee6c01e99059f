import { spec } from './document.ts';

const attributes: [string, { 'x-attribute-sets': string[] }][] = Object.entries(
  spec.components.schemas.UsageLineItem.properties,
);

/** The attributes of line items that only the full attribute set has. */
export const fullOnly: ReadonlySet<string> = new Set(
  attributes.flatMap(([name, schema]) => (schema['x-attribute-sets'].includes('basic') ? [] : [name])),
);
