import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { BlobError, ContractError, InvalidRequestError, LineItemError } from '../../src/index.ts';
import { clean, conceal, excerpt, quote, reason } from '../../src/redact.ts';
import { character } from '../support/character.ts';

/** Secrets use letters that no surrounding text has, so that even a part of one is noticed. */
const secret = fc.stringMatching(/^[QXZ]{4,40}$/);
const base64 = fc.stringMatching(/^[QXZ]{4}[QXZ+/~._-]{0,60}={0,2}$/);

/** The ways in which a secret can appear in a text. */
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

/** Conceals one secret after forgetting all others: an earlier one that is a part of it would be hidden first. */
function concealOnly(secret: string): void {
  for (let n = 0; n < 100; n++) conceal(`none-of-these-${secret}-${n}`);
  conceal(secret);
}

// With StrykerJS, all suites share one worker. The last secret must not occur in the texts of other suites.
afterAll(() => concealOnly('no-secret-at-all'));

/** The ways in which a service can write a visible ASCII character. */
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

describe('redaction', () => {
  it.each(Object.entries(ways))('hides %s in any surrounding text', (_, way) => {
    const before = text.map((part) => part.replace(/\w$/, ' '));
    fc.assert(
      fc.property(before, way, text, (left, match, right) => {
        const whole = left + match + right;
        for (const output of [excerpt(whole), quote(whole), reason(new Error('x', { cause: new Error(whole) }))]) {
          expect(output).not.toMatch(/[QXZ]/);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('hides a token in use, with any characters in any encoding', () => {
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

  it('hides a token encoded in base64, at any offset', () => {
    const token = fc.stringMatching(/^[\w+/~.-]{12,60}$/);
    // Uses characters that tokens lack. Otherwise the surrounding text could match a part of the token.
    const around = fc.string({ unit: fc.constantFrom(...'{}[]:;, "!%=?&'), maxLength: 20 });
    const encoding = fc.constantFrom('base64', 'base64url');
    fc.assert(
      fc.property(around, token, around, encoding, (left, secret, right, how) => {
        concealOnly(secret);
        const quoted = Buffer.from(left + secret + right).toString(how as 'base64');
        const output = excerpt(`You sent ${quoted}.`);
        for (const run of output.match(/[\w+/-]+/g) ?? []) {
          for (let skipped = 0; skipped < 4; skipped++) {
            const decoded = Buffer.from(run.slice(skipped), how as 'base64').toString('latin1');
            for (let at = 0; at + 8 <= secret.length; at++) expect(decoded).not.toContain(secret.slice(at, at + 8));
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it('puts an excerpt on one line of limited length', () => {
    fc.assert(
      fc.property(text, fc.nat({ max: 2_000 }), (part, times) => {
        const output = excerpt(part.repeat(times));
        expect(output).not.toMatch(/[^\S ]/);
        expect(output.length).toBeLessThanOrEqual(201);
      }),
    );
  });

  it('removes control characters from excerpts and messages', () => {
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
        const messages = errors.map(({ message }) => message);
        for (const output of [...messages, clean(part), excerpt(part), quote(part), reason(new Error(part))]) {
          expect(output).not.toMatch(/[^\S ]|[\p{Cc}\p{Bidi_Control}]/u);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('changes only the white space of a text without secrets, and cuts it after 200 characters', () => {
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

  it('leaves an excerpt unchanged when applied again, unless it was cut', () => {
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
