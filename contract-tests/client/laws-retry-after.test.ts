import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseRetryAfter } from '../../src/retry.ts';

const parse = (value: string, date?: string) =>
  parseRetryAfter(new Headers({ 'retry-after': value, ...(date !== undefined && { date }) }));

/** The three forms of a date, written by the rule rather than by the parser. */
const forms: ((date: Date) => string)[] = [
  (date) => date.toUTCString(),
  (date) => {
    const [, day, month, year, time] = date.toUTCString().split(' ');
    const weekday = date.toLocaleDateString('en', { weekday: 'long', timeZone: 'UTC' });
    return `${weekday}, ${day}-${month}-${year?.slice(2)} ${time} GMT`;
  },
  (date) => {
    const [weekday, day, month, year, time] = date.toUTCString().split(' ');
    return `${weekday?.slice(0, 3)} ${month} ${day?.replace(/^0/, ' ')} ${time} ${year}`;
  },
];

/** Whole seconds, in the years that two digits can tell. */
const time = fc.integer({ min: Date.UTC(2000, 0) / 1000, max: Date.UTC(2050, 0) / 1000 - 1 }).map((s) => s * 1000);
const dateText = fc.tuple(time, fc.constantFrom(...forms)).map(([ms, form]) => form(new Date(ms)));
const seconds = fc.integer({ min: 0, max: 9_999_999_999 });

afterEach(() => {
  vi.useRealTimers();
});

describe('the law of Retry-After:', () => {
  it('seconds are so many seconds, with zeros and spaces around or not', () => {
    fc.assert(
      fc.property(seconds, fc.boolean(), fc.constantFrom('', ' ', '\t'), (value, padded, space) => {
        expect(parse(`${space}${padded ? `${value}`.padStart(10, '0') : value}${space}`)).toBe(value * 1000);
      }),
    );
  });

  it('a date, in any of its forms, is the time from the Date of the answer to it, and never negative', () => {
    fc.assert(
      fc.property(time, time, fc.constantFrom(...forms), fc.constantFrom(...forms), (until, now, form, dateForm) => {
        expect(parse(form(new Date(until)), dateForm(new Date(now)))).toBe(Math.max(0, until - now));
      }),
    );
  });

  it('a date in an answer without a Date, or with none that is one, is the time from now', () => {
    fc.assert(
      fc.property(
        time,
        time,
        fc.constantFrom(...forms),
        fc.constantFrom(undefined, '', 'today'),
        (until, now, form, date) => {
          vi.useFakeTimers({ toFake: ['Date'], now });
          expect(parse(form(new Date(until)), date)).toBe(Math.max(0, until - now));
        },
      ),
    );
  });

  it('anything else is undefined: what stands before or behind a value makes it another', () => {
    const before = fc.constantFrom('-', '+', '.', 'x ', '"', '0 ');
    const behind = fc.constantFrom('.0', 'x', ' s', ' +0100', '"', ', 1', ' 0');
    fc.assert(
      fc.property(fc.oneof(seconds.map(String), dateText), before, behind, (value, prefix, suffix) => {
        expect([parse(prefix + value), parse(value + suffix)]).toEqual([undefined, undefined]);
      }),
    );
  });

  it('whatever the header holds, the wait is undefined or finite, and never negative', () => {
    const piece = fc.oneof(
      dateText,
      seconds.map(String),
      fc.string({ maxLength: 8 }),
      fc.constantFrom('99:99:99', ' GMT'),
    );
    const scrambled = dateText.chain((text) =>
      fc.tuple(fc.nat({ max: text.length - 1 }), fc.string({ minLength: 1, maxLength: 3 })).map(([at, other]) => {
        return text.slice(0, at) + other + text.slice(at + other.length);
      }),
    );
    const value = fc.oneof(
      fc.array(piece, { maxLength: 3 }).map((pieces) => pieces.join('')),
      scrambled,
    );
    fc.assert(
      fc.property(value, fc.option(value, { nil: undefined }), (text, date) => {
        const wait = parse(text, date) ?? 0;
        expect(Number.isFinite(wait) && wait >= 0).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});
