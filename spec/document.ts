import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** A node of an OpenAPI document. */
// biome-ignore lint/suspicious/noExplicitAny: a type for each kind of node would repeat the OpenAPI specification.
export type Json = any;

/** The file of the contract, from which everything else is generated. */
export const contractFile = new URL('./openapi.yaml', import.meta.url);

/** Reads an OpenAPI document in YAML or JSON. */
export function readDocument(file: string | URL): Json {
  return parseDocument(readFileSync(file, 'utf8'));
}

/** Parses an OpenAPI document in YAML or JSON. */
export function parseDocument(text: string): Json {
  // JSON is also valid YAML, but the JSON parser is a hundred times faster.
  return text.trimStart().startsWith('{') ? JSON.parse(text) : parse(text);
}
