import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columns, OTHER, spellings } from '../../src/cli/tables/columns.ts';
import { textual, typed } from '../../src/cli/tables/exact.ts';
import { queryLineItems } from '../../src/cli/tables/read-line-items.ts';
import type { StoredFile } from '../../src/node/internals.ts';
import { newDirectory } from '../support/command.ts';
import { jsonObject } from '../support/json-text.ts';
import { failure } from '../support/play.ts';

const { signal } = new AbortController();
const names = [...Object.keys(columns), OTHER];

/** Returns a finished file with this content. */
async function stored(content: string | Buffer, name = 'part', folder = ''): Promise<StoredFile> {
  const directory = join(await newDirectory(), folder);
  await mkdir(directory, { recursive: true });
  const bytes = typeof content === 'string' ? gzipSync(content) : content;
  const path = join(directory, name);
  await writeFile(path, bytes);
  return { name, path, bytes: bytes.length, lineItems: 0, encoded: bytes[0] !== 0x1f || undefined } as StoredFile;
}

/** Returns the cells of the files that are not NULL, as text or as what Parquet gets. */
async function rowsOf(files: StoredFile[], as: 'text' | 'typed', wanted = names) {
  const rows = await queryLineItems(files, wanted, { purpose: '', directory: '', signal }, (lineItems, needs) => {
    const cells = wanted.map((name) => (as === 'text' ? textual(name) : typed(name, needs.get(name))));
    return `SELECT ${cells.join(', ')} FROM ${lineItems}`;
  });
  return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([, cell]) => cell !== null)));
}

const one = async (line: string, as: 'text' | 'typed' = 'text') => (await rowsOf([await stored(`${line}\n`)], as))[0];

describe('a line item', () => {
  it.each([
    ['has no cell for an empty value', '{"Quantity":"","UnitPrice":null,"Unit":""}', {}],
    ['keeps decimals as written', '{"Quantity":1E+2,"UnitPrice":"-0.10"}', { Quantity: '1E+2', UnitPrice: '-0.10' }],
    ['keeps a number in a text', '{"PartnerId":1.50,"Unit":1E+2}', { PartnerId: '1.50', Unit: '1E+2' }],
    [
      'merges spellings',
      '{"BenefitID":"a","BenefitOrderID":"b","ResourceUri":"c"}',
      { BenefitId: 'a', BenefitOrderId: 'b', ResourceURI: 'c' },
    ],
    ['prefers the first spelling that has a value', '{"ResourceURI":"","ResourceUri":"c"}', { ResourceURI: 'c' }],
    ['merges equal values of two spellings', '{"BenefitID":"a","BenefitId":"a"}', { BenefitId: 'a' }],
    [
      'prefers the documented spelling in any order, and keeps a different value',
      '{"BenefitID":"other","BenefitId":"a"}',
      { BenefitId: 'a', Other: '{"BenefitID":"other"}' },
    ],
    [
      'keeps unknown attributes with all digits of their numbers',
      '{"New":1.50,"constructor":{"a":[2.50,"\\":3.50"]},"__proto__":"x"}',
      { Other: '{"New":1.50,"constructor":{"a":[2.50,"\\":3.50"]},"__proto__":"x"}' },
    ],
    ['keeps a value that is not text as JSON', '{"Tags":{"a":[1.50]}}', { Tags: '{"a":[1.50]}' }],
    ['does not change numbers in a text', '{"Tags":"{\\"a\\":1.50}"}', { Tags: '{"a":1.50}' }],
    [
      'does not take the end of a text for a number',
      '{"Tags":"\\":22,","Unit":"\\":22}","UnitPrice":22}',
      { Tags: '":22,', Unit: '":22}', UnitPrice: '22' },
    ],
    ['has no limits in a text', '{"Tags":"NaN,}","New":"[inf,]"}', { Tags: 'NaN,}', Other: '{"New":"[inf,]"}' }],
    [
      'keeps exponents as written',
      '{"UnitPrice":1E-05,"Quantity":-1.50e+2}',
      { UnitPrice: '1E-05', Quantity: '-1.50e+2' },
    ],
    ['can contain white space', '{ "UnitPrice" :\t1.50 , "Unit": 2 }', { UnitPrice: '1.50', Unit: '2' }],
    ['can contain words', '{"Unit":true,"Tags":false,"MeterName":null}', { Unit: 'true', Tags: 'false' }],
    ['keeps an empty name', '{"":1.50,"Unit":"h"}', { Unit: 'h', Other: '{"":1.50}' }],
    ['knows an escaped name', '{"\\u0055nit":1.50}', { Unit: '1.50' }],
    ['keeps names in another case', '{"unit":1.50,"Unit":"h"}', { Unit: 'h', Other: '{"unit":1.50}' }],
    ['keeps NUL', '{"Unit":"\\u0000a","New":"\\u0000"}', { Unit: '\0a', Other: '{"New":"\\u0000"}' }],
    ['can be empty', '{}', {}],
  ])('%s', async (_, line, cells) => {
    expect(await one(line)).toEqual(cells);
  });

  it.each([
    ['{"Quantity":"many"}', 'Quantity is "many", which is not a valid decimal.'],
    ['{"UnitPrice":"NaN"}', 'UnitPrice is "NaN", which is not a valid decimal.'],
    ['{"UsageDate":"9/1/2024"}', 'UsageDate is "9/1/2024", which is not a valid date.'],
  ])('%s is an error with blob and line', async (line, message) => {
    const good = await stored('{"Quantity":1}\n', 'good');
    const bad = await stored(`{}\n\n \r\n${line}\n{"Quantity":"also bad"}\n`, 'bad');
    expect(await failure(rowsOf([good, bad], 'text'))).toMatchObject({
      name: 'FormatError',
      message: `Line 4 of blob "bad": ${message}`,
    });
  });

  it.each(['{"Tags":"a","Tags":"a"}', '{"New":1,"New":2}', '{"Unit":1,"\\u0055nit":1}'])(
    '%s is an error',
    async (line) => {
      expect(await failure(one(line))).toMatchObject({
        name: 'FormatError',
        message: 'Line 1 of blob "part" has two values for the same attribute.',
      });
    },
  );

  it.each(['{"Tags":"\\ud800"}', '{"Tags":["\\\\\\uDC00"]}', '{"\\ud83d":1}'])('%s is an error', async (line) => {
    const whole = '{"Tags":"\\ud83d\\ude00\\\\ud800"}';
    expect(await failure(rowsOf([await stored(`${whole}\n${line}\n`)], 'text'))).toMatchObject({
      name: 'FormatError',
      message: 'Line 2 of blob "part" has half a surrogate pair, which is not valid text.',
    });
  });

  it.each([
    '[1]',
    '5',
    '{"Tags":1',
    '{} {}',
    '{}}',
    '{"Tags":"\\x"}',
    '{"Tags":"\t"}',
    '{"Tags":"a",}',
    '{"Tags":"a" , }',
    '{"Tags":1.50,}',
    '{"Tags":[1,]}',
    '{"New":{"a":1,\t}}',
    '{"Quantity":NaN}',
    '{"Tags":nan}',
    '{"Tags":-Infinity}',
    '{"New":["\\"",INF]}',
    '{"Tags":01}',
    '{"Tags":+1}',
    '{"Tags":.5}',
    '{"Tags":0x1}',
    '{"Tags":1}//}',
    '{"Tags":/*1*/1}',
    "{'Tags':1}",
    '{Tags:1}',
    '\ufeff{}',
    '{\f}',
  ])('%s is damage', async (line) => {
    for (const first of ['{}', '{"Tags":"first"}']) {
      expect(await failure(rowsOf([await stored(`${first}\n${line}\n`)], 'text'))).toMatchObject({
        name: 'LineItemError',
        blobName: 'part',
        lineNumber: 2,
      });
    }
  });

  it('of only some columns ignores invalid values in others', async () => {
    const file = await stored('{"Unit":"h","Quantity":"many","New":"x"}\n');
    expect(await rowsOf([file], 'text', ['Unit'])).toEqual([{ Unit: 'h' }]);
  });
});

describe('a date', () => {
  it.each([
    ['2024-09-01', '2024-09-01T00:00:00Z', 'TIMESTAMP'],
    ['2024-09-01T12:00:00', '2024-09-01T12:00:00Z', 'TIMESTAMP'],
    ['2024-09-01T12:00:00.1234567Z', '2024-09-01T12:00:00.1234567Z', 'TIMESTAMP_NS'],
    ['2024-09-01T12:00:00.1234560Z', '2024-09-01T12:00:00.1234560Z', 'TIMESTAMP'],
    ['2024-09-01T01:30:00.5+02:00', '2024-08-31T23:30:00.5Z', 'TIMESTAMP'],
    ['2024-02-29', '2024-02-29T00:00:00Z', 'TIMESTAMP'],
    ['0001-01-01T00:00:00', '0001-01-01T00:00:00Z', 'TIMESTAMP'],
    ['1678-01-01T00:00:00.1234567Z', '1678-01-01T00:00:00.1234567Z', 'TIMESTAMP_NS'],
    ['9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999Z', 'TIMESTAMP'],
  ])('%s is %s in UTC, a %s', async (text, utc, type) => {
    const file = await stored(JSON.stringify({ UsageDate: text }));
    expect(await rowsOf([file], 'text', ['UsageDate'])).toEqual([{ UsageDate: utc }]);
    const [row] = await rowsOf([file], 'typed', ['UsageDate']);
    const fraction = utc.slice(19, -1).replace(/0+$/, '');
    expect(row).toEqual({ UsageDate: utc.slice(0, 19).replace('T', ' ') + fraction });
    expect(await typeOf(file, 'UsageDate')).toBe(type);
  });

  it.each([
    '2024-09-01T12:00',
    '2024-13-01',
    '2023-02-29',
    '2024-02-30',
    '2024-09-31T12:00:00Z',
    '2024-09-01T24:00:00Z',
    '2024-09-01T23:59:60Z',
    '2024-09-01T12:00:00+24:00',
    '2024-09-01T12:00:00+01:60',
    '0000-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-01:00',
    '10000-01-01',
    'soon',
  ])('%s is an error', async (text) => {
    for (const as of ['text', 'typed'] as const) {
      const error = await failure(one(JSON.stringify({ UsageDate: text }), as));
      expect(error).toMatchObject({
        message: `Line 1 of blob "part": UsageDate is "${text}", which is not a valid date.`,
      });
    }
  });
});

describe('a decimal', () => {
  it.each([
    ['0', '0', 22],
    ['-12.340', '-12.34', 22],
    ['1E+2', '100', 22],
    ['1.25e1', '12.5', 22],
    ['-2.5e-3', '-0.0025', 22],
    ['100', '100', 22],
    ['0.00', '0', 22],
    ['0e999999999', '0', 22],
    ['-0.0000000000000000000001', '-0.0000000000000000000001', 22],
    ['12345678901234567890.5', '12345678901234567890.5', 18],
    ['-12345678901234567890.123456789012345678', '-12345678901234567890.123456789012345678', 18],
    ['12.345678901234567890123456789012345678', '12.345678901234567890123456789012345678', 36],
    ['99999999999999999999999999999999999999', '99999999999999999999999999999999999999', 0],
    ['0.00000000000000000000000000000000000001', '0.00000000000000000000000000000000000001', 38],
  ])('%s is %s, with %d places', async (text, value, places) => {
    const file = await stored(`{"UnitPrice":1}\n{"UnitPrice":${text}}\n`);
    const [row] = await rowsOf([await stored(`{"UnitPrice":${text}}\n`)], 'typed', ['UnitPrice']);
    expect(`${row?.UnitPrice}`.replace(/\.0+$|(\.\d+?)0+$/, '$1')).toBe(value);
    if (places < 38) expect(await typeOf(file, 'UnitPrice')).toBe(`DECIMAL(38,${places})`);
  });

  it.each(['0.0', '-0', '0e5', '-0.00E+2', '0e999999999'])(
    '%s is 0 even if no digit after the point is left',
    async (zero) => {
      const file = await stored(`{"UnitPrice":${'9'.repeat(38)}}\n{"UnitPrice":${zero}}\n`);
      expect(await rowsOf([file], 'typed', ['UnitPrice'])).toEqual([{ UnitPrice: '9'.repeat(38) }, { UnitPrice: '0' }]);
    },
  );

  it.each(['1e38', '1e999999999', '1e99999999999', '-1e-39', '123456789012345678901234567890123456789'])(
    '%s is an error',
    async (text) => {
      const error = await failure(one(`{"UnitPrice":${text}}`, 'typed'));
      expect(error).toMatchObject({
        name: 'FormatError',
        message: expect.stringMatching(/UnitPrice .*Line 1 of blob "part"|Line 1 of blob "part": UnitPrice/),
      });
    },
  );
});

/** Returns the type of a column of Parquet. */
async function typeOf(file: StoredFile, name: string) {
  const [row] = await queryLineItems(
    [file],
    [name],
    { purpose: '', directory: '', signal },
    (lineItems, needs) =>
      `SELECT any_value(typeof(${name})) AS type, max(${name}) FROM (SELECT ${typed(name, needs.get(name))} FROM ${lineItems})`,
  );
  return row?.type;
}

describe('files', () => {
  const line = (n: number) => `{"Quantity":${n}}`;
  const quantities = async (files: StoredFile[]) =>
    (await rowsOf(files, 'text', ['Quantity'])).map(({ Quantity }) => Number(Quantity));

  it('are read in order, with members of gzip, blank lines, a mark, CRLF and no line feed at the end', async () => {
    const members = Buffer.concat([
      gzipSync(`\ufeff${line(1)}\r\n\n${line(2).slice(0, 5)}`),
      gzipSync(line(2).slice(5)),
    ]);
    const files = [
      await stored(members),
      await stored('\n'),
      await stored(Buffer.from(line(3))),
      await stored(line(4)),
    ];
    expect(await quantities(files)).toEqual([1, 2, 3, 4]);
    expect(await quantities([])).toEqual([]);
  });

  it('keep their order, even if a later one is read before a long one', async () => {
    const long = (n: number) => `{"Tags":"${'x'.repeat(2_000)}","Quantity":${n}}`;
    const lines = Array.from({ length: 40_000 }, (_, n) => long(n)).join('\n');
    const files = [await stored(lines), await stored(line(40_000)), await stored(line(40_001))];
    expect(await quantities(files)).toEqual(Array.from({ length: 40_002 }, (_, n) => n));
  });

  it('can have paths that look like patterns', async () => {
    const files = [await stored(line(1), 'a[b]'), await stored(line(2), 'year=2024', "it's [d] {x,y}")];
    expect(await quantities(files)).toEqual([1, 2]);
  });
});

// DuckDB must agree with the obvious way: to parse one line after the other in JavaScript.

const number = fc.stringMatching(/^-?(0|[1-9][0-9]{0,8})(\.[0-9]{1,14})?([eE][+-]?[0-7])?$/);
const string = fc
  .oneof(
    fc.constantFrom(
      '\\',
      '"',
      '\\"',
      '":5',
      '{"Price":0.50}',
      ',"Quantity":7',
      '5',
      ':5',
      '\0',
      '\u2028',
      'x\ufeff',
      '💶',
    ),
    fc.string({ unit: 'grapheme' }).filter((text) => !text.startsWith('\ufeff')), // Only the test's reader skips it.
  )
  .chain((text) => {
    const escaped = [...text].map((each) => each.replace(/[\s\S]/g, unicode)).join('');
    return fc.constantFrom(JSON.stringify(text), `"${escaped}"`);
  });
const unicode = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
const nested = jsonObject.map(({ text }) => text).filter((text) => !/\\ud[89a-f]|\p{Cs}/iu.test(text));
const date = fc.constantFrom('"2024-09-01"', '"2024-09-01T01:30:00.500+02:00"', '"2024-02-29T23:59:59.1234567Z"', '""');
const any = fc.oneof(
  number,
  string,
  nested,
  fc.constantFrom('true', 'null'),
  fc.tuple(number, nested).map((both) => `[${both}]`),
);
const values: Record<string, fc.Arbitrary<string>> = {
  Quantity: fc.oneof(
    number,
    number.map((text) => `"${text}"`),
    fc.constantFrom('null', '""'),
  ),
  UnitPrice: number,
  UsageDate: date,
  Tags: any,
  Unit: any,
  BenefitId: fc.oneof(string, number),
  BenefitID: fc.oneof(string, number),
  New: any,
  'a"': any,
};
const space = fc.constantFrom('', '', ' ', '\t', '\r');
const lineItem = fc
  .tuple(fc.shuffledSubarray(Object.keys(values)), space)
  .chain(([keys, gap]) =>
    fc
      .tuple(
        ...keys.map((key) =>
          (values[key] as fc.Arbitrary<string>).map((value) => `${JSON.stringify(key)}${gap}:${gap}${value}`),
        ),
      )
      .map((members) => `{${gap}${members.join(`${gap},${gap}`)}${gap}}`),
  );

/** Parses JSON, with each number as written. */
const parse = (json: string) =>
  JSON.parse(json, ((_: string, value: unknown, { source }: { source: string }) =>
    typeof value === 'number' ? { number: source } : value) as (key: string, value: unknown) => unknown);

/** Returns the cells of a line item, and its rest. */
function slowly(line: string) {
  const item: Record<string, unknown> = parse(line);
  const cells: Record<string, unknown> = {};
  const other: Record<string, unknown> = {};
  const textOf = (value: unknown) => (value as { number?: string } | null)?.number ?? value ?? '';
  for (const [name, value] of Object.entries(item)) {
    const column = spellings[name] ?? name;
    const documented = column === name ? '' : textOf(item[column]);
    if (!(column in columns) || (documented !== '' && textOf(value) !== '' && textOf(value) !== documented))
      other[name] = value;
    else if (textOf(value) !== '' && documented === '') cells[column] = textOf(value);
  }
  if (cells.UsageDate) {
    const fraction = /\.\d+/.exec(`${cells.UsageDate}`)?.[0] ?? '';
    cells.UsageDate = new Date(`${cells.UsageDate}`).toISOString().replace(/\.\d+/, fraction);
    if (!`${item.UsageDate}`.includes('T') || !fraction) cells.UsageDate = `${cells.UsageDate}`.replace(/\.000Z/, 'Z');
  }
  return { ...cells, ...(Object.keys(other).length > 0 && { Other: other }) };
}

/** A line whose attributes are all known, with the names of all other such lines. */
const usual = fc
  .tuple(number, string, fc.oneof(number, fc.constant('null')), date, fc.oneof(number, string, fc.constant('null')))
  .map(
    ([price, tags, quantity, day, other]) =>
      `{"UnitPrice":${price},"Tags":${tags},"Quantity":${quantity},"UsageDate":${day},"New":${other}}`,
  );

/** A line with a mistake, more or less. */
const mistaken = fc
  .tuple(
    fc.oneof(lineItem, usual),
    fc.nat(),
    fc.constantFrom(',', 'NaN', 'Infinity', '}', ' ', '"', '\\', '0', '.', '//', ''),
  )
  .map(([line, n, piece]) => {
    const at = 1 + (n % (line.length - 1));
    return line.slice(0, at) + piece + line.slice(at + Number(piece === ''));
  });

/** Expects each line item to have the cells that it has the obvious way. */
async function expectSlowly(lines: string[]) {
  const expected = lines.map(slowly) as Record<string, unknown>[];
  const file = await stored(lines.join('\n'));
  const rows = (await rowsOf([file], 'text')) as Record<string, string>[];
  const comparable = rows.map((row, i) =>
    Object.fromEntries(
      Object.entries(row).map(([name, cell]) => [name, typeof expected[i]?.[name] === 'string' ? cell : parse(cell)]),
    ),
  );
  expect(comparable).toEqual(expected);
  const exact = (await rowsOf([file], 'typed', ['Quantity', 'UnitPrice'])) as Record<string, string>[];
  for (const [i, row] of exact.entries()) {
    for (const [name, cell] of Object.entries(row)) expect(units(cell)).toBe(units(`${expected[i]?.[name]}`));
  }
}

it('is as in JavaScript, whatever the values are and however they are written', async () => {
  const lines = fc.array(fc.oneof(lineItem, usual), { minLength: 1, maxLength: 12 });
  await fc.assert(fc.asyncProperty(lines, expectSlowly), { numRuns: 60 });
});

it('is an error where it is in JavaScript', async () => {
  await fc.assert(
    fc.asyncProperty(usual, mistaken, async (line, mistake) => {
      try {
        JSON.parse(mistake);
      } catch {
        const error = await failure(rowsOf([await stored(`${line}\n${mistake}`)], 'text'));
        expect(error).toMatchObject({ name: 'LineItemError', lineNumber: 2 });
      }
    }),
    { numRuns: 60 },
  );
});

/** The value in units of 10 to the power of -40. */
function units(text: string): bigint {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole, fraction = ''] = mantissa.split('.');
  return BigInt(`${whole}${fraction}`) * 10n ** BigInt(40 - fraction.length + Number(exponent));
}
