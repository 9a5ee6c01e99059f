import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { BlobError, ContractError, InvalidRequestError, LineItemError } from '../../src/index.ts';
import { clean, conceal, excerpt, quote, reason } from '../../src/redact.ts';
import { character } from '../support/character.ts';

/** Secrets hold letters that no text around them does, so that a part of one is found as well. */
const secret = fc.stringMatching(/^[QXZ]{4,40}$/);
const base64 = fc.stringMatching(/^[QXZ]{4}[QXZ+/~._-]{0,60}={0,2}$/);

/** Each way in which a secret can stand in a text. */
const ways: Record<string, fc.Arbitrary<string>> = {
  'a token after Bearer': fc
    .tuple(fc.constantFrom('Bearer', 'bearer', 'BEARER'), fc.constantFrom(' ', '  ', '\t', '\n'), base64)
    .map(([scheme, space, token]) => scheme + space + token),
  'a JWT': fc
    .tuple(secret, secret, fc.option(secret, { nil: '' }))
    .map(([header, claims, signature]) => `eyJ${header}.${claims}.${signature}`),
  'the signature of a SAS': fc
    .tuple(fc.constantFrom('sig', 'SIG'), base64)
    .map(([key, value]) => `${key}=${encodeURIComponent(value)}`),
  'the signature of an encoded SAS': fc
    .tuple(fc.constantFrom('sig%3D', 'sig%3d'), base64)
    .map(([key, value]) => key + encodeURIComponent(encodeURIComponent(value))),
  'the SAS of a manifest': fc
    .tuple(fc.constantFrom('"sasToken":', '"sasToken" : ', '"SASTOKEN":\n'), secret, fc.constantFrom('"', ''))
    .map(([key, value, end]) => `${key}"${value}${end}`),
  'the name and password of a URL': fc.tuple(secret, secret).map(([name, password]) => `//${name}:${password}@`),
};

/** Conceals one secret alone: of a longer one that holds an earlier one, only that would be hidden first. */
function concealOnly(secret: string): void {
  for (let n = 0; n < 100; n++) conceal(`none-of-these-${secret}-${n}`);
  conceal(secret);
}

// With StrykerJS, all suites share one worker: what looks like nothing in particular may stand in their texts.
afterAll(() => concealOnly('no-secret-at-all'));

/** Each way in which a service can write a character of visible ASCII. */
const escapes: ((char: string, code: number) => string)[] = [
  (char) => char,
  (char, code) => (/\w/.test(char) ? `\\u00${code.toString(16)}` : `\\${char}`),
  (_, code) => `%${code.toString(16)}`,
  (_, code) => `%25${code.toString(16).toUpperCase()}`,
  (_, code) => `&#${code};`,
  (_, code) => `&#X${code.toString(16)};`,
];

const harmless = fc.constantFrom(...'abe09 .:/?&=%,;\'"\n<>[]{}é🚚');
const text = fc.string({ unit: harmless, maxLength: 300 });

describe('the law of redaction:', () => {
  it.each(Object.entries(ways))('%s is in no excerpt, whatever stands around it', (_, way) => {
    const before = text.map((part) => part.replace(/\w$/, ' '));
    fc.assert(
      fc.property(before, way, text, (left, found, right) => {
        const whole = left + found + right;
        for (const shown of [excerpt(whole), quote(whole), reason(new Error('x', { cause: new Error(whole) }))]) {
          expect(shown).not.toMatch(/[QXZ]/);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('a token in use is in no excerpt, whatever it looks like and however each of its characters is written', () => {
    const token = fc.stringMatching(/^[QXZ+/~._%&\\-]{6,30}[QXZ]{4}$/);
    const hows = fc.array(fc.constantFrom(...escapes), { minLength: 34, maxLength: 34 });
    fc.assert(
      fc.property(text, token, hows, text, (left, secret, how, right) => {
        concealOnly(secret);
        const written = [...secret].map((char, i) => how[i]?.(char, char.charCodeAt(0)) ?? '').join('');
        for (const quoted of [written, secret, JSON.stringify(secret), encodeURIComponent(secret)]) {
          expect(excerpt(`${left} ${quoted} ${right}`)).not.toContain(secret.slice(-4));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('nor what base64 makes of it, wherever it begins', () => {
    const token = fc.stringMatching(/^[\w+/~.-]{12,60}$/);
    // Of other characters than a token, or what stands around it could itself be a part of it.
    const around = fc.string({ unit: fc.constantFrom(...'{}[]:;, "!%=?&'), maxLength: 20 });
    const encoding = fc.constantFrom('base64', 'base64url');
    fc.assert(
      fc.property(around, token, around, encoding, (left, secret, right, how) => {
        concealOnly(secret);
        const quoted = Buffer.from(left + secret + right).toString(how as 'base64');
        const shown = excerpt(`You sent ${quoted}.`);
        for (const run of shown.match(/[\w+/-]+/g) ?? []) {
          for (let skipped = 0; skipped < 4; skipped++) {
            const decoded = Buffer.from(run.slice(skipped), how as 'base64').toString('latin1');
            for (let at = 0; at + 8 <= secret.length; at++) expect(decoded).not.toContain(secret.slice(at, at + 8));
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it('an excerpt has one line and is bounded, however long the text', () => {
    fc.assert(
      fc.property(text, fc.nat({ max: 2_000 }), (part, times) => {
        const shown = excerpt(part.repeat(times));
        expect(shown).not.toMatch(/[^\S ]/);
        expect(shown.length).toBeLessThanOrEqual(201);
      }),
    );
  });

  it('no excerpt and no message holds a character that a terminal obeys', () => {
    const any = fc.string({
      unit: fc.oneof(character, fc.constantFrom('\x1b', '\x9b', '\x7f', '\0', '\u202e', '\u2066', '\u061c')),
    });
    fc.assert(
      fc.property(any, (part) => {
        const errors = [
          new InvalidRequestError(part, part, part),
          new BlobError(part, part),
          new ContractError(part, part, { operationId: part, location: '' }),
          new LineItemError(part, 1, part),
        ];
        const said = errors.map(({ message }) => message);
        for (const shown of [...said, clean(part), excerpt(part), quote(part), reason(new Error(part))]) {
          expect(shown).not.toMatch(/[^\S ]|[\p{Cc}\p{Bidi_Control}]/u);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('a text without secrets stays as it is, but for its white space and behind its 200th character', () => {
    fc.assert(
      fc.property(
        text.filter((part) => !part.includes('//')),
        (part) => {
          const line = part.replace(/\s+/g, ' ');
          expect(excerpt(part)).toBe(line.length > 200 ? `${line.slice(0, 200)}…` : line);
        },
      ),
    );
  });

  it('an excerpt of an excerpt is the same, unless that was cut', () => {
    const pieces = fc.array(fc.oneof(...Object.values(ways), text), { maxLength: 6 });
    fc.assert(
      fc.property(pieces, (all) => {
        const once = excerpt(all.join(''));
        fc.pre(once.length <= 200);
        expect(excerpt(once)).toBe(once);
      }),
      { numRuns: 500 },
    );
  });
});
