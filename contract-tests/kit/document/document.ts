import { pathToFileURL } from 'node:url';
import { contractFile, type Json, readDocument } from '../../../spec/document.ts';
import { nodeAt } from './pointer.ts';

/** The file of the contract. `CONTRACT_SPEC` can name a changed copy, for which the tests should fail. */
export const specFile = process.env.CONTRACT_SPEC ? pathToFileURL(process.env.CONTRACT_SPEC) : contractFile;

/** The contract. */
export const spec: Json = readDocument(specFile);

/** Returns the node at a JSON pointer of the contract, and the pointer. Follows a `$ref` there. */
export function at(pointer: string): { pointer: string; node: Json } {
  const node = nodeAt(spec, pointer);
  return typeof node?.$ref === 'string' ? at(node.$ref.slice(1)) : { pointer, node };
}
