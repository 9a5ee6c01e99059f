import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseRetryAfter } from '../../src/retry.ts';

const parse = (value: string, date?: string) =>
  parseRetryAfter(new Headers({ 'retry-after': value, ...(date !== undefined && { date }) }));

/** The three date formats, written independently of the parser. */
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

/** Whole seconds, in the years that two digits can express. */
const time = fc.integer({ min: Date.UTC(2000, 0) / 1000, max: Date.UTC(2050, 0) / 1000 - 1 }).map((s) => s * 1000);
const dateText = fc.tuple(time, fc.constantFrom(...forms)).map(([ms, form]) => form(new Date(ms)));
const seconds = fc.integer({ min: 0, max: 9_999_999_999 });

afterEach(() => {
  vi.useRealTimers();
});

describe('Retry-After', () => {
  it('in seconds may have leading zeros and surrounding spaces', () => {
    fc.assert(
      fc.property(seconds, fc.boolean(), fc.constantFrom('', ' ', '\t'), (value, padded, space) => {
        expect(parse(`${space}${padded ? `${value}`.padStart(10, '0') : value}${space}`)).toBe(value * 1000);
      }),
    );
  });

  it('as a date of any format counts from the Date of the response, and is never negative', () => {
    fc.assert(
      fc.property(time, time, fc.constantFrom(...forms), fc.constantFrom(...forms), (until, now, form, dateForm) => {
        expect(parse(form(new Date(until)), dateForm(new Date(now)))).toBe(Math.max(0, until - now));
      }),
    );
  });

  it('as a date counts from now if the Date of the response is missing or invalid', () => {
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

  it('is ignored if anything precedes or follows its value', () => {
    const before = fc.constantFrom('-', '+', '.', 'x ', '"', '0 ');
    const after = fc.constantFrom('.0', 'x', ' s', ' +0100', '"', ', 1', ' 0');
    fc.assert(
      fc.property(fc.oneof(seconds.map(String), dateText), before, after, (value, prefix, suffix) => {
        expect([parse(prefix + value), parse(value + suffix)]).toEqual([undefined, undefined]);
      }),
    );
  });

  it('with any text is ignored or gives a finite, non-negative wait', () => {
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
