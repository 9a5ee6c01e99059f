import { posix, win32 } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ContractError } from '../../src/index.ts';
import { checkBlobNames, isSafeName } from '../../src/node/blob-name.ts';
import { character } from '../support/character.ts';
import { handle } from '../support/play.ts';

/** Parts with a special meaning for a file system or for the download. */
const special = fc.constantFrom(
  ...[
    '.',
    '..',
    '/',
    '\\',
    ':',
    '*',
    '?',
    '"',
    '<',
    '>',
    '|',
    ' ',
    '~',
    '\0',
    '\n',
    '\x7f',
    '\x9f',
    '\ud800',
    '\udc00',
  ],
  ...['con', 'PRN', 'aux', 'Nul', 'com1', 'LPT9', 'CONIN$', 'conout$', 'C:', '//host/share', '\\\\.\\'],
  ...['export.', 'EXPORT.json', 'export.lock', '.partial', '.PARTIAL', '.gz', '.json.gz', 'part-00000'],
  ...['é', 'e\u0301', 'É', '\u212a', '🚚', 'x'.repeat(190)],
);
const anyName = fc
  .array(fc.oneof(special, fc.string({ unit: character, maxLength: 4 })), { maxLength: 5 })
  .map((all) => all.join(''));

/** Names as the service has used them, and similar ones. */
const usualName = fc.stringMatching(/^part-[0-9]{5}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.c[0-9]{3}\.json\.gz$/);
const plainName = fc
  .stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_=+,@ -]{0,30}[a-z0-9_]\.(json|gz|JSONL)$/)
  .filter((name) => !/^(con|prn|aux|nul|com\d|lpt\d|export)\./i.test(name));

describe('an accepted blob name', () => {
  it.each([
    ['POSIX', posix, '/data/out'],
    ['Windows', win32, 'C:\\data\\out'],
  ])('is one file of the directory on %s', (_, path, directory) => {
    fc.assert(
      fc.property(anyName.filter(isSafeName), (name) => {
        const file = path.resolve(directory, name);
        expect([path.dirname(file), path.basename(file), path.parse(name).root]).toEqual([directory, name, '']);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is a valid file name with .partial appended: no device, no stream, nothing truncated', () => {
    const devices = ['CON', 'PRN', 'AUX', 'NUL', 'CONIN$', 'CONOUT$'];
    for (let n = 0; n < 10; n++) devices.push(`COM${n}`, `LPT${n}`);
    fc.assert(
      fc.property(anyName.filter(isSafeName), (name) => {
        expect(devices).not.toContain(name.split('.')[0]?.toUpperCase());
        expect(name).toBe(name.replace(/[. ]+$/, ''));
        expect(
          [...name].filter((char) => char < ' ' || (char >= '\x7f' && char < '\xa0') || '<>:"/\\|?*'.includes(char)),
        ).toEqual([]);
        expect(Buffer.from(name, 'utf8').toString()).toBe(name);
        expect(Buffer.byteLength(`${name}.partial`)).toBeLessThan(255);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is not a file of the download itself, in upper or lower case', () => {
    fc.assert(
      fc.property(anyName.filter(isSafeName), anyName.filter(isSafeName), (name, other) => {
        const [lower = '', partial] = [name.toLowerCase(), `${other.toLowerCase()}.partial`];
        expect(['export.json', 'export.lock', 'export.json.partial', partial]).not.toContain(lower);
      }),
      { numRuns: 1_000 },
    );
  });

  it('can be any name like those of the service', () => {
    fc.assert(
      fc.property(fc.oneof(usualName, plainName), (name) => {
        expect(isSafeName(name)).toBe(true);
      }),
    );
  });

  it.each([
    ['my-export.gz', 'a.partial.gz', 'a..b', '..a', 'falcon.gz', 'con-1.gz', 'com10.gz', 'a b', 'x'.repeat(200)],
    ['é'.repeat(100), '🚚'.repeat(50)],
  ])('can merely resemble a special name or be long: %j', (...names) => {
    expect(names.filter((name) => !isSafeName(name))).toEqual([]);
  });

  it.each(['x'.repeat(201), 'é'.repeat(101)])(
    'is not too long for a file system with .partial appended: %j',
    (name) => {
      expect(isSafeName(name)).toBe(false);
    },
  );

  it('differs from all others of its manifest on every file system', () => {
    const names = fc.array(
      fc.oneof(usualName, anyName, fc.constantFrom('a', 'A', 'k', '\u212a', 'é', 'É', 'e\u0301', 'E\u0301')),
      {
        maxLength: 4,
      },
    );
    fc.assert(
      fc.property(names, (all) => {
        const folded = new Set(all.map((name) => name.toLowerCase().normalize('NFD')));
        const isGood = all.every(isSafeName) && folded.size === all.length;
        const check = () => checkBlobNames({ blobs: all.map((name) => ({ name })) }, handle);
        if (isGood) expect(check).not.toThrow();
        else expect(check).toThrow(ContractError);
      }),
      { numRuns: 1_000 },
    );
  });
});
