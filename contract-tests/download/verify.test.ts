import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Verified } from '../../src/node/export-state.ts';
import { readItems } from '../../src/node/stored-file.ts';
import { verify } from '../../src/node/verify.ts';
import { collect, emptyDirectory, failure } from '../support/play.ts';

// A download is verified in its bytes, without decoding or parsing: the first and the last byte of each line.

const signal = new AbortController().signal;

async function stored(text: string | Uint8Array): Promise<string> {
  const path = join(await emptyDirectory(), 'part');
  await writeFile(path, gzipSync(text));
  return path;
}

const verifyText = async (text: string | Uint8Array) => verify(await stored(text), 'part', {}, signal);

it.each<[string, string, number]>([
  ['no lines', '', 0],
  ['blank lines', '\n \t\r\n\n', 0],
  ['a last line without a line feed', '{}\n{"a":1}', 2],
  ['CRLF, and white space around an object', ' {}\t\r\n{}\r\n', 2],
  ['a byte order mark', '\ufeff{}\n{}\n', 2],
  ['a line of more than one piece', `{"a":"${'x'.repeat(600_000)}"}\n{}\n`, 2],
])('accepts %s', async (_, text, lineItems) => {
  expect(await verifyText(text)).toMatchObject({ lineItems });
});

it.each<[string, string, number, RegExp]>([
  ['an array', '{}\n[{}]\n', 2, /: "\[\{\}\]"/],
  ['half an object', '{}\n\n{"a":1\n{}\n', 3, /: "\{\\?"a\\?":1"/],
  ['the second half of an object', '"a":1}\n', 1, /: /],
  ['a last line that is no object', '{}\n1', 2, /: /],
  ['a byte order mark that is not at the start', '{}\n\ufeff{}\n', 2, /: /],
  ['a line of more than 32 MiB', `{"a":"${'x'.repeat(2 ** 25)}"}\n`, 1, /exceeds 32 MiB/],
])('rejects %s', async (_, text, lineNumber, message) => {
  const error = await verifyText(text);
  expect(error).toMatchObject({ name: 'LineItemError', blobName: 'part', lineNumber });
  expect((error as Error).message).toMatch(message);
});

it('leaves what is between the brackets to the reader, which names the line', async () => {
  const path = await stored('{}\n{"a":}\n');
  const verified = (await verify(path, 'part', {}, signal)) as Verified;
  expect(verified.lineItems).toBe(2);
  const file = { name: 'part', path, ...verified, encoded: undefined };
  expect(await failure(collect(readItems(file, JSON.parse, signal)))).toMatchObject({
    name: 'LineItemError',
    lineNumber: 2,
  });
});

it('counts the lines of any text like a split at its line feeds', async () => {
  const line = fc.oneof(
    fc.constantFrom('', ' ', '\t\r', '{}', ' {"a":"}{"} ', '[]', '{', '}', '"{}"', '{}\r'),
    fc.integer({ min: 1, max: 300_000 }).map((length) => `{"a":"${'é'.repeat(length)}"}`),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 12 }), async (lines) => {
      const wrong = lines.findIndex((each) => !/^[ \t\r]*(\{.*\})?[ \t\r]*$/.test(each));
      const outcome = await verifyText(lines.join('\n'));
      if (wrong === -1) expect(outcome).toMatchObject({ lineItems: lines.filter((each) => each.trim()).length });
      else expect(outcome).toMatchObject({ name: 'LineItemError', lineNumber: wrong + 1 });
    }),
    { numRuns: 100 },
  );
});
