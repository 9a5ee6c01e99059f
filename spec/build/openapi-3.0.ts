import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Json, parseDocument } from '../document.ts';
import { contract } from './contract.ts';

/** Keywords for strings, which stay with the string when a schema with several types is split. */
const ofStrings = ['format', 'pattern', 'minLength', 'maxLength'];

/**
 * Returns the contract in OpenAPI 3.0, as the files that it adds to `spec/dist`, for tools that do not support 3.1.
 * `openapi-down-convert` does most of the work. Notations of 3.1 that it does not convert are rewritten first.
 */
export function openApi30Files(): Record<string, string> {
  const { jsonSchemaDialect: _, info, ...rest } = contract;
  const { summary, license, ...about } = info;
  const document = {
    ...rest,
    info: {
      ...about,
      description: `${summary}\n\n${info.description}`,
      license: { name: license.name, url: `https://spdx.org/licenses/${license.identifier}.html` },
    },
  };
  const ready = JSON.parse(JSON.stringify(document), (_key, value) => typedConst(oneType(value)));
  const { openapi, info: _info, ...converted } = downConvert(ready);
  // In YAML 1.1, which many parsers still follow, an unquoted date is not text.
  const options = { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false } as const;
  const yaml = stringify({ openapi, info: ready.info, ...converted }, options);
  return { 'openapi-3.0.yaml': yaml, 'openapi-3.0.json': `${JSON.stringify(parseDocument(yaml))}\n` };
}

/** Converts a document with a command from contract-tests/tools, which `npm run build:spec-3.0` installs. */
function downConvert(document: Json): Json {
  const folder = mkdtempSync(join(tmpdir(), 'openapi-3.0-'));
  try {
    const input = join(folder, 'openapi.json');
    writeFileSync(input, JSON.stringify(document));
    const options = { encoding: 'utf8', shell: process.platform === 'win32' } as const;
    return JSON.parse(execFileSync('openapi-down-convert', ['--allOf', '--input', input], options));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Replaces `type: [number, string]` with a choice between two schemas. The command converts `null` to `nullable`. */
function oneType(schema: Json): Json {
  const types = schema?.type;
  if (!Array.isArray(types) || types.includes('null')) return schema;
  const { type: _, ...outside } = schema;
  const strings = ofStrings.filter((keyword) => keyword in outside).map((keyword) => [keyword, outside[keyword]]);
  for (const keyword of ofStrings) delete outside[keyword];
  const choices = types.map((type) => ({ type, ...(type === 'string' && Object.fromEntries(strings)) }));
  return { ...outside, oneOf: choices };
}

/** Adds a type to a `const`, which becomes an `enum`. Without it, generators would treat that as an object. */
function typedConst(schema: Json): Json {
  return typeof schema?.const === 'string' ? { type: 'string', ...schema } : schema;
}
