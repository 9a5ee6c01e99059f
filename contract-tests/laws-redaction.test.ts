import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excerpt, quote, reason } from '../src/redact.ts';

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

  it('an excerpt has one line and is bounded, however long the text', () => {
    fc.assert(
      fc.property(text, fc.nat({ max: 2_000 }), (part, times) => {
        const shown = excerpt(part.repeat(times));
        expect(shown).not.toMatch(/[^\S ]/);
        expect(shown.length).toBeLessThanOrEqual(201);
      }),
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
