import { expect } from 'vitest';
import { problems } from '../kit/document/problems.ts';

/** A kind of value as documented, with values that a schema must accept and reject. */
export interface Kind {
  is: string;
  takes: readonly unknown[];
  refuses: readonly unknown[];
}

/** Checks the schema at a pointer of the contract against a kind. `put` inserts the value into a valid one. */
export function expectKind(pointer: string, { is, takes, refuses }: Kind, put = (value: unknown) => value): void {
  const isAccepted = (value: unknown) => problems(pointer, put(value)).length === 0;
  const wrong = [
    ...takes.filter((value) => !isAccepted(value)).map((value) => `rejects ${JSON.stringify(value)}`),
    ...refuses.filter(isAccepted).map((value) => `accepts ${JSON.stringify(value)}`),
  ];
  expect(wrong, `${is} is documented, but the contract ${wrong.slice(0, 3).join(', ')}`).toEqual([]);
}

export const listOf = ({ is, takes, refuses }: Kind): Kind => ({
  is: `a list, each entry ${is}`,
  takes: [[], [...takes]],
  refuses: [null, 'x', 1, true, {}, ...refuses.map((value) => [value])],
});

export const orNull = ({ is, takes, refuses }: Kind): Kind => ({
  is: `${is}, or null`,
  takes: [...takes, null],
  refuses: refuses.filter((value) => value !== null),
});

const notText = [null, 0, 2, true, [], ['x'], {}];
export const text: Kind = { is: 'text', takes: ['', 'x'], refuses: notText };
export const someText: Kind = { is: 'text, not empty', takes: ['x', ' '], refuses: ['', ...notText] };
export const wholeNumber: Kind = {
  is: 'a whole number',
  takes: [0, 1, 2],
  refuses: [-1, 1.5, '1', '', null, true, []],
};
export const anObject: Kind = { is: 'an object', takes: [{}, { new: 1 }], refuses: [null, '', 'x', 1, true, []] };

export const literal = (value: string): Kind => ({ is: `"${value}"`, takes: [value], refuses: ['', 'x', ...notText] });

export const httpUrl: Kind = {
  is: 'an absolute http(s) URL',
  takes: [
    'https://billingexports.blob.core.windows.net/unbilled/Currency=USD/Fragment=full',
    'http://127.0.0.1:10000/a/b',
  ],
  refuses: ['', '/a', 'ftp://a/b', 'httpss://a/b', 'x-https://a/b', 'https://a/b c', ...notText],
};

/** Returns variants in which one part is missing, too short, too long or has a letter. */
const wrongPart = (parts: readonly string[], join: (parts: readonly string[]) => string): string[] =>
  parts.flatMap((part, i) =>
    ['', part.slice(1), `${part}0`, part.replace(/.$/, 'x')].map((wrong) => join(parts.with(i, wrong))),
  );

const date = ['2024', '10', '01', '08', '12', '53'] as const;
const dateTimeOf =
  (rest: string) =>
  ([y, m, d, h, min, s]: readonly string[]) =>
    `${y}-${m}-${d}T${h}:${min}:${s}${rest}`;
const plain = dateTimeOf('')(date);
export const dateTime: Kind = {
  is: 'a point in time, in UTC or with an offset, up to 7 fractional digits',
  takes: [
    '2023-03-09T08:12:53',
    '2023-03-09T08:37:48.5046691Z',
    '2024-10-01T08:12:53Z',
    '2024-10-01T08:12:53.1-05:30',
    '0909-09-09T09:09:09.0909090+09:09',
  ],
  refuses: [
    '',
    '2024-10-01',
    '2024-10-01 08:12:53',
    `x${plain}`,
    ...wrongPart(date, dateTimeOf('')),
    ...wrongPart(['02', '00'], ([h, min]) => `${plain}+${h}:${min}`),
    ...['.', '.12345678', '.1.2', '.x', ',5', 'z', 'ZZ', 'Zx', '02:00', 'x02:00', '+0200', 'Z+02:00'].map(
      (rest) => plain + rest,
    ),
    ...notText,
  ],
};

const of22Digits = '1234567890.123456789012';
export const decimal: Kind = {
  is: 'a number, in digits or as text, or empty text',
  takes: [0, 1.5, -2e-7, '', '0', '9', '0.5', '90.09', '-1.50', of22Digits, '1e5', '1E+2', '1e-90', '9E09'],
  refuses: [
    ...['free', ' 1', '1 ', '1,5', '1.', '.5', '+1', '--1', '-', 'x1', '1x', '1.x', '1.5x', '1x5', '1.5.5', '1-1'],
    ...['e5', '1e', '1e+', '1ex', '1e5x', '1e++5', '1ex5', '1x+5', '1e5e5', '0x1F', 'NaN', 'Infinity'],
    ...[null, true, [], [1], {}],
  ],
};

const link = (resource: string, id: string): Kind => {
  const path = `/reports/partners/billing/${resource}`;
  return {
    is: `an absolute or relative link to ${resource} that ends with the ID`,
    takes: [
      `https://graph.microsoft.com/beta${path}/${id}`,
      `https://elsewhere.example/v1.0${path}/${id}`,
      ...[`/${id}`, '/1', `/${id}/`, `/${id}?`, `/${id}?a=1&b=/2`, `/${id}#c`, `/${id}/?a=1`].map((end) => path + end),
    ],
    refuses: [
      ...['', '/x', path.replace('billing', 'x'), `${id}`],
      ...['', '/', '//', '/?a=1', '/#c', '/a/b', '/a//', '/a//b', '/a b'].map((end) => path + end),
      ...notText,
    ],
  };
};
export const operationLink = link('operations', '9ab9cb54-d07f-4f52-9ea6-a09d7de52c14');
export const manifestLink = link('manifests', 'a5a25b31-c9bb-4b4a-9ac3-1c9d2a0d9c9e');

const httpDate = ['06', 'Nov', '1994', '08', '49', '37'];
const httpDateOf = ([d, month, y, h, min, s]: readonly string[]) => `Sun, ${d} ${month} ${y} ${h}:${min}:${s} GMT`;
export const retryAfter: Kind = {
  is: 'seconds or an HTTP date',
  takes: [
    ...['0', '2', '9', '120', '90'],
    ...['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].map((day, i) => `${day}, ${19 + i} Oct 2026 07:28:00 GMT`),
    ...['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Nov', 'Dec'].map((month) =>
      httpDateOf(httpDate.with(1, month)),
    ),
    'Fri, 09 Sep 0909 09:09:09 GMT',
  ],
  refuses: [
    ...['', 'soon', '-1', '1.5', '2 s', ' 2', '2x', 'x2', 'Sun', 'Sun, '],
    ...wrongPart(httpDate.toSpliced(1, 1), ([day = '', ...rest]) => httpDateOf([day, 'Nov', ...rest])),
    ...['', 'nov', 'NOV', 'No', 'N', 'N0v', 'No1', 'November'].map((month) => httpDateOf(httpDate.with(1, month))),
    ...['xSun, 06 Nov 1994 08:49:37 GMT', 'Sun, 06 Nov 1994 08:49:37 GMTx', 'Son, 06 Nov 1994 08:49:37 GMT'],
    ...['Sun, 06 Nov 1994 08:49:37', 'Sun, 06 Nov 1994 08:49:37 UTC', '1994-11-06T08:49:37Z', ...notText],
  ],
};
