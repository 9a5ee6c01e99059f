import { pathToFileURL } from 'node:url';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { contractFile, type Json, readDocument } from '../../../spec/document.ts';
import { quote } from '../../../src/redact.ts';

/** The contract, read from the file that everything else is made from; or, to see the checks fail, from a changed copy. */
export const specFile = process.env.CONTRACT_SPEC ? pathToFileURL(process.env.CONTRACT_SPEC) : contractFile;

export const spec: Json = readDocument(specFile);

// The document as a whole is no JSON Schema: the meta-schema would find nothing in it, and takes its time.
const unchecked = { meta: false, validateSchema: false };
const ajv = new Ajv2020({ ...unchecked, allErrors: true, strictTypes: false, verbose: true });
addFormats.default(ajv);
// Strict mode refuses keywords that it does not know; these are the document's own and the ones that only describe.
ajv.addVocabulary([...Object.keys(spec), 'discriminator', 'x-extensible-enum', 'x-attribute-sets', 'x-line-schema']);
ajv.addSchema(spec, 'contract');

const validators = new Map<string, ValidateFunction>();

/** What is wrong with a value by the schema at a JSON pointer of the spec: received beside documented. Empty when nothing is. */
export function problems(pointer: string, value: unknown): string[] {
  let validate = validators.get(pointer);
  if (!validate) {
    validate = ajv.compile({ $ref: `contract#${pointer}` });
    validators.set(pointer, validate);
  }
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, keyword, data, schema }) =>
      `${instancePath || '/'}: received ${quote(data)}, documented ${keyword} ${JSON.stringify(schema)}`,
  );
}

/** The node at a JSON pointer, with its references followed: the pointer it has in the end, and what is there. */
export function at(pointer: string): { pointer: string; node: Json } {
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
