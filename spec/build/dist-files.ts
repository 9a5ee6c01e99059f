import type { Json } from '../document.ts';
import { contract, dereference, source, workflows } from './contract.ts';
import { httpExchanges } from './http-exchanges.ts';
import { toJsonSchemas } from './json-schemas.ts';
import { namedExamples } from './named-examples.ts';
import { sampleBlobs } from './sample-blobs.ts';

const json = (value: Json): string => `${JSON.stringify(value, null, 2)}\n`;

// With indentation, the document without references would have half a megabyte.
const compactJson = (value: Json): string => `${JSON.stringify(value)}\n`;

/**
 * Returns every file of `spec/dist` by its path, except for the OpenAPI 3.0 copy. The files do not depend on the
 * machine or the time.
 */
export function distFiles(): Record<string, string | Uint8Array> {
  const dereferenced = dereference();
  const files: Record<string, string | Uint8Array> = {
    'openapi.yaml': source,
    'openapi.json': compactJson(contract),
    'openapi.dereferenced.json': compactJson(dereferenced),
    'unbilled-usage.arazzo.yaml': workflows,
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
