import { readFileSync } from 'node:fs';
import { type Language, PIP, PYTHON } from '../language.ts';

const requirements = readFileSync(new URL('requirements.txt', import.meta.url), 'utf8');
const versionOf = (name: string) => new RegExp(`^${name}==(.*)$`, 'm').exec(requirements)?.[1] ?? '';

export const python: Language = {
  name: 'Python',
  needs: PYTHON,
  locks: ['python/requirements.txt'],
  install: PIP,
  rows: [
    {
      tool: 'openapi-python-client',
      version: versionOf('openapi-python-client'),
      command: 'openapi-python-client generate --path dist/openapi-3.0.json --meta none --output-path unbilled_usage',
      program: 'python/openapi-python-client',
      run: 'python read_export.py $BASE_URL',
      amounts: 'exact',
      notes: 'Parse lines with `parse_float=Decimal`. The warning about `getBlob` does no harm',
    },
    {
      tool: 'datamodel-code-generator',
      version: versionOf('datamodel-code-generator'),
      command: 'datamodel-codegen --input dist/openapi.yaml --output unbilled_usage.py --formatters builtin',
      program: 'python/datamodel-code-generator',
      run: 'python read_export.py $BASE_URL',
      amounts: 'exact',
      notes: 'Makes pydantic models, no requests. Parse lines with `parse_float=str, parse_int=str`',
    },
  ],
};
