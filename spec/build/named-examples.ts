import type { Json } from '../document.ts';

/** Returns the named examples of all bodies in the dereferenced contract. */
export function namedExamples(contract: Json): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  const operations = Object.values<Json>(contract.paths).flatMap((path) => Object.values<Json>(path));
  for (const { requestBody, responses } of operations) {
    for (const { content } of [requestBody ?? {}, ...Object.values<Json>(responses)]) {
      const examples = Object.entries<Json>(content?.['application/json'].examples ?? {});
      for (const [name, { value }] of examples) {
        if (name in values && JSON.stringify(values[name]) !== JSON.stringify(value)) {
          throw new Error(`Two examples of the contract are named ${name}.`);
        }
        values[name] = value;
      }
    }
  }
  return values;
}
