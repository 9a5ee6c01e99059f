import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { spec } from './document.ts';
import { quote } from './quote.ts';

// The whole document is not a JSON Schema. The meta-schema would find nothing in it, and is slow.
const unchecked = { meta: false, validateSchema: false };
const ajv = new Ajv2020({ ...unchecked, allErrors: true, strictTypes: false, verbose: true });
addFormats.default(ajv);
// Strict mode rejects unknown keywords. These are OpenAPI's own and purely descriptive ones.
ajv.addVocabulary([...Object.keys(spec), 'discriminator', 'x-extensible-enum', 'x-attribute-sets', 'x-line-schema']);
ajv.addSchema(spec, 'contract');

const validators = new Map<string, ValidateFunction>();

/** Validates a value by the schema at a JSON pointer of the contract. Returns a sentence for each problem. */
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
