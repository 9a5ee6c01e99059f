import { readFileSync } from 'node:fs';
import { type Json, parseDocument } from '../document.ts';
import { contract, dereference, source } from './contract.ts';
import { httpExchanges } from './http-exchanges.ts';
import { toJsonSchemas } from './json-schemas.ts';
import { namedExamples } from './named-examples.ts';
import { sampleBlobs } from './sample-blobs.ts';

const json = (value: Json): string => `${JSON.stringify(value, null, 2)}\n`;

// Indented, the one without references would have half a megabyte.
const compactJson = (value: Json): string => `${JSON.stringify(value)}\n`;

/** Every file of `spec/dist`: its path there and what it holds. Nothing in it depends on the machine or the time. */
export function distFiles(): Record<string, string | Uint8Array> {
  const dereferenced = dereference();
  const openapi30 = readFileSync(new URL('../openapi-3.0.yaml', import.meta.url), 'utf8');
  const files: Record<string, string | Uint8Array> = {
    'openapi.yaml': source,
    'openapi.json': compactJson(contract),
    'openapi.dereferenced.json': compactJson(dereferenced),
    'openapi-3.0.yaml': openapi30,
    'openapi-3.0.json': compactJson(parseDocument(openapi30)),
  };
  for (const [name, schema] of Object.entries(toJsonSchemas(contract))) files[`schemas/${name}.json`] = json(schema);
  for (const [name, value] of Object.entries(namedExamples(dereferenced))) files[`fixtures/${name}.json`] = json(value);
  const blobs = sampleBlobs();
  for (const { name, bytes, sha256, lines } of blobs) {
    files[`fixtures/${name}`] = bytes;
    files[`fixtures/${name}.sha256`] = `${sha256}  ${name}\n`;
    files[`fixtures/${name.replace(/\.json\.gz$/, '.jsonl')}`] = lines;
  }
  for (const [name, text] of Object.entries(httpExchanges(dereferenced, blobs))) files[`fixtures/http/${name}`] = text;
  return files;
}
