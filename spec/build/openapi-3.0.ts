import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Json } from '../document.ts';
import { contract } from './contract.ts';

/** What limits strings only, and so goes with them when a schema of several types is taken apart. */
const ofStrings = ['format', 'pattern', 'minLength', 'maxLength'];

/**
 * Returns the contract in OpenAPI 3.0, as YAML, for tools that know no 3.1. `openapi-down-convert` does most of it; before
 * it, what it leaves as it is although 3.0 has no such thing is said in words that it converts or that both versions have.
 */
export function openApi30(): string {
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
  // By the rules of YAML 1.1, which many parsers still follow, an unquoted date is no text.
  const options = { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false } as const;
  const header = '# Made of openapi.yaml by npm run generate. Do not edit.\n';
  return header + stringify({ openapi, info: ready.info, ...converted }, options);
}

/** The command comes from contract-tests/tools, whose packages `npm run generate` installs. */
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

/** `type: [number, string]` becomes a choice between two schemas. (A type or null is `nullable`: the command does that.) */
function oneType(schema: Json): Json {
  const types = schema?.type;
  if (!Array.isArray(types) || types.includes('null')) return schema;
  const { type: _, ...outside } = schema;
  const strings = ofStrings.filter((keyword) => keyword in outside).map((keyword) => [keyword, outside[keyword]]);
  for (const keyword of ofStrings) delete outside[keyword];
  const choices = types.map((type) => ({ type, ...(type === 'string' && Object.fromEntries(strings)) }));
  return { ...outside, oneOf: choices };
}

/** The `enum` that a `const` becomes needs a type beside it, or generators take it for an object. */
function typedConst(schema: Json): Json {
  return typeof schema?.const === 'string' ? { type: 'string', ...schema } : schema;
}
