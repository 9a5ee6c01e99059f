import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import type { Json } from '../document.ts';
import { contract, dereference, source, workflows } from './contract.ts';
import { httpExchanges } from './http-exchanges.ts';
import { toJsonSchemas } from './json-schemas.ts';
import { namedExamples } from './named-examples.ts';
import { toOpenApi30 } from './openapi-3.0.ts';
import { sampleBlobs } from './sample-blobs.ts';

const json = (value: Json): string => `${JSON.stringify(value, null, 2)}\n`;

// With indentation, the document without references would have half a megabyte.
const compactJson = (value: Json): string => `${JSON.stringify(value)}\n`;

// In YAML 1.1, which many parsers still follow, an unquoted date is not text.
const yaml = (value: Json): string => stringify(value, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });

/** Returns every file of `spec/dist` by its path. The files do not depend on the machine or the time. */
export function distFiles(): Record<string, string | Uint8Array> {
  const dereferenced = dereference();
  const openapi30 = toOpenApi30(contract);
  const files: Record<string, string | Uint8Array> = {
    'openapi.yaml': source,
    'openapi.json': compactJson(contract),
    'openapi.dereferenced.json': compactJson(dereferenced),
    'openapi-3.0.yaml': yaml(openapi30),
    'openapi-3.0.json': compactJson(openapi30),
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

/** Writes the files to a directory. */
export function writeDist(directory: string): void {
  for (const [path, content] of Object.entries(distFiles())) {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}
