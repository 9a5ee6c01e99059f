import { go } from './go/go.ts';
import type { Language, Row } from './language.ts';
import * as generated from './openapi-generator/openapi-generator.ts';
import { python } from './python/python.ts';
import { rust } from './rust/rust.ts';
import * as sdks from './sdks/sdks.ts';

const START = '<!-- Generated from contract-tests/languages: npm run contract -- --update -->';
const END = '<!-- End of the generated table -->';
const REPOSITORY = 'https://github.com/OWNER/partner-unbilled-usage/blob/main/contract-tests/languages';

const languages: Language[] = [python, go, rust, ...Object.values(generated), ...Object.values(sdks)];

const AMOUNTS = { exact: 'exact', double: 'rounded to 17 digits', raw: '' };

const row = (language: string, { tool, version, program, command, amounts, notes }: Row) =>
  `| ${language} | [${tool} ${version}](${REPOSITORY}/${program}) | \`${command}\` | ${AMOUNTS[amounts]} | ${notes} |`;

/** Returns the text of spec/README.md with the table of the languages. */
export function withTable(readme: string): string {
  const rows = languages.flatMap(({ name, rows }) => rows.map((each) => row(name, each)));
  const table = ['| language | tool | command | amounts | note |', '|---|---|---|---|---|', ...rows.sort()].join('\n');
  const [before, after] = [readme.indexOf(START), readme.indexOf(END)];
  if (before < 0 || after < before) throw new Error('The page has no place for the table.');
  return `${readme.slice(0, before)}${START}\n\n${table}\n\n${readme.slice(after)}`;
}
