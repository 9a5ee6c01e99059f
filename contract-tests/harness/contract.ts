import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

/** The contract, read from the file that everything else is made from. */
export const specFile = new URL('../../spec/openapi.yaml', import.meta.url);

// biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document is walked by the names of its own format.
export const spec: any = parse(readFileSync(specFile, 'utf8'));

const ajv = new Ajv2020({ allErrors: true, strictTypes: false });
addFormats.default(ajv);
// Strict mode refuses keywords that it does not know; these are the document's own and the ones that only describe.
ajv.addVocabulary([...Object.keys(spec), 'discriminator', 'x-extensible-enum', 'x-attribute-sets', 'x-line-schema']);
ajv.addSchema(spec, 'contract');

const validators = new Map<string, ValidateFunction>();

/** What is wrong with a value by the schema at a JSON pointer of the spec; empty when nothing is. */
export function problems(pointer: string, value: unknown): string[] {
  let validate = validators.get(pointer);
  if (!validate) {
    validate = ajv.compile({ $ref: `contract#${pointer}` });
    validators.set(pointer, validate);
  }
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) =>
    `${instancePath || '/'} ${message} ${JSON.stringify(params)}`.trim(),
  );
}

/** The node at a JSON pointer, with its references followed: the pointer it has in the end, and what is there. */
// biome-ignore lint/suspicious/noExplicitAny: see above.
export function at(pointer: string): { pointer: string; node: any } {
  const node = pointer
    .split('/')
    .slice(1)
    .reduce((parent, key) => parent?.[key.replaceAll('~1', '/').replaceAll('~0', '~')], spec);
  return typeof node?.$ref === 'string' ? at(node.$ref.slice(1)) : { pointer, node };
}

export function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** The pointers of an operation's parts, found by method and path; `undefined` when the contract has no such operation. */
export function findOperation(
  method: string,
  pathname: string,
): { pointer: string; pathParameters: Record<string, string> } | undefined {
  for (const template of Object.keys(spec.paths)) {
    const pattern = new RegExp(`${template.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
    const match = pattern.exec(pathname);
    const pointer = `/paths/${escapePointer(template)}/${method.toLowerCase()}`;
    if (match && at(pointer).node) return { pointer, pathParameters: { ...match.groups } };
  }
  return undefined;
}
