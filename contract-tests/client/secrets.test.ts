import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { checkHandle, handleOf } from '../../src/export-handle.ts';
import { type Attempt, UnbilledUsageError, type WaitTimeoutError } from '../../src/index.ts';
import { conceal, excerpt, quote, reason } from '../../src/redact.ts';
import { leaksIn, noteSas } from '../support/leaks.ts';
import { expectBreach } from '../support/observe.setup.ts';
import {
  clientOf,
  collect,
  example,
  expectNoLeak,
  failure,
  handle,
  refusal,
  scripted,
  succeeded,
} from '../support/play.ts';
import { storeExport } from '../support/storage.ts';

const token = 'eyJ0eXAiOiJKV1QifQ.eyJhdWQiOiJncmFwaCJ9.c2lnbmF0dXJl';
const sasToken =
  'sv=2026-10-06&se=2026-11-22T14%3A05%3A55Z&sr=c&sp=rl&sig=FBZaMWkvslYZLSXbVludVAVZTtP3W1UYjHwELca3n6Q%3D';
const signature = 'FBZaMWkvslYZLSXbVludVAVZTtP3W1UYjHwELca3n6Q';

/** Checks everything that a log could show of an error: its message, stack, properties and causes. */
function expectNoSecret(error: unknown): void {
  expect(error).toBeInstanceOf(Error);
  const output = `${inspect(error, { depth: 10, showHidden: true })} ${JSON.stringify(error)} ${error}`;
  expect(output).not.toContain(signature);
  expect(output).not.toContain(token);
}

type Members = Record<string, unknown>;

const manifest = (rootDirectory: string) => ({
  ...example('manifest'),
  rootDirectory,
  sasToken,
  blobs: [{ name: 'a' }],
  blobCount: 1,
});

describe('no error shows the token or the SAS', () => {
  it('when the service quotes an opaque token in every field', async () => {
    const opaque = 'EwBwA8l6BAAU';
    const body = {
      error: { code: `Bearer ${opaque}`, message: `token ${opaque} is invalid`, innerError: { 'request-id': opaque } },
    };
    const service = await scripted({ status: 400, body });
    const error = await failure(clientOf(service, { credential: opaque }).getExport(handle));
    expect(inspect(error, { showHidden: true })).not.toContain(opaque);
  });

  it('when the service quotes the request', async () => {
    expectBreach(/^response status: GET 418/);
    const body = { error: { code: 'x', message: `You sent Authorization: Bearer ${token} and ${sasToken}` } };
    const service = await scripted({ status: 418, body });
    expectNoSecret(await failure(clientOf(service, { credential: token }).getExport(handle)));
  });

  it('when there is no response', async () => {
    const fetch = async (input: unknown, init?: RequestInit) => {
      throw new TypeError(
        `error sending request for url (${input}), ${JSON.stringify([...new Headers(init?.headers)])}`,
      );
    };
    const client = clientOf({ url: 'http://x.example' }, { credential: token, fetch, retry: { limit: 0 } });
    const source = manifest('https://x.example/d') as Parameters<typeof client.lineItems>[0];
    expectNoSecret(await failure(collect(client.lineItems(source))));
    const error = (await failure(client.getExport(handle))) as Error;
    expect(error.message).not.toContain(token);
  });

  it('when the storage refuses a blob', async () => {
    const storage = await scripted({
      status: 403,
      body: `<Error><Code>AuthenticationFailed</Code>${sasToken}</Error>`,
    });
    const service = await scripted(succeeded(manifest(storage.url) as Parameters<typeof succeeded>[0]));
    expectNoSecret(await failure(collect(clientOf(service, { credential: token }).lineItems(handle))));
  });

  it('when a blob breaks off, is corrupt or has a line that is not JSON', async () => {
    expectBreach(/^blob: is corrupt/, /^line item: line 1 is not JSON/);
    for (const body of [Uint8Array.of(0x1f, 0x8b, 1, 2, 3), `sig=${signature}`]) {
      const storage = await scripted({ headers: { etag: '"1"' }, body });
      const service = await scripted(succeeded(manifest(storage.url) as Parameters<typeof succeeded>[0]));
      expectNoSecret(await failure(collect(clientOf(service, { credential: token }).lineItems(handle))));
    }
  });

  it('when the manifest is invalid', async () => {
    expectBreach(/^response body: GET 200/);
    const wrong = { ...manifest(''), rootDirectory: `ftp://x.example/?${sasToken}` };
    const service = await scripted(succeeded(wrong as Parameters<typeof succeeded>[0]));
    expectNoSecret(await failure(clientOf(service, { credential: token }).getExport(handle)));
  });

  it('when the data has changed', async () => {
    const stored = await storeExport({ a: new Uint8Array() });
    const service = await scripted(
      succeeded(stored.manifest(-1_000)),
      succeeded(stored.manifest(1_000, { eTag: 'new' })),
    );
    const error = await failure(collect(clientOf(service, { credential: token }).lineItems(handle)));
    expect(inspect(error)).not.toContain('sig=');
  });

  it('when the token is refused', async () => {
    const service = await scripted(refusal(401));
    expectNoSecret(await failure(clientOf(service, { credential: token }).getExport(handle)));
  });
});

describe('redaction', () => {
  const opaque = 'EwB+wA/8l>?~>?~>?~6B==AAU-x_1';
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const html = (text: string, code: (char: string) => string) =>
    text.replace(/[^A-Za-z0-9]/g, (char) => `&#${code(char)};`);
  const encodings: Record<string, (secret: string) => string> = {
    'in plain text': (secret) => secret,
    'with JSON escapes': (secret) =>
      secret.replace(/[^A-Za-z0-9]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}`),
    'with escaped slashes': (secret) => secret.replaceAll('/', '\\/'),
    'percent-encoded': encodeURIComponent,
    'percent-encoded twice': (secret) => encodeURIComponent(encodeURIComponent(secret)),
    'escaped for HTML': (secret) => html(secret, (char) => String(char.charCodeAt(0))),
    'escaped for HTML in hexadecimal': (secret) => html(secret, (char) => `x${char.charCodeAt(0).toString(16)}`),
    'in base64': (secret) => base64(`Bearer ${secret}`),
    'in base64, one byte later': (secret) => base64(`Bearer  ${secret}!`),
    'in base64, two bytes later': (secret) => base64(`Bearer   ${secret}!?`),
    'in base64url': (secret) => Buffer.from(`>>>${secret}???`).toString('base64url'),
    'in base64, percent-encoded': (secret) => encodeURIComponent(base64(`Bearer ${secret}`)),
  };
  /** Half of a secret is as bad as the whole. */
  const piecesOf = (text: string) => [text, text.slice(0, text.length / 2), text.slice(text.length / 2)];

  function expectHidden(error: unknown, encode: (secret: string) => string, secret: string): void {
    expect(error).toBeInstanceOf(UnbilledUsageError);
    const output = inspect(error, { depth: 10, showHidden: true });
    for (const piece of [...piecesOf(secret), ...piecesOf(encode(secret))]) expect(output).not.toContain(piece);
  }

  /** Creates a client that gets this response. */
  const clientWith = (answer: () => Response, credential = opaque) =>
    clientOf({ url: 'https://graph.example' }, { credential, fetch: async () => answer(), retry: { limit: 0 } });

  describe.each(Object.entries(encodings))('of a token %s', (_, encode) => {
    const quoted = encode(opaque);
    const operation = (changes: object) => () => Response.json(example('running', changes));
    const failed = { '@odata.type': '#microsoft.graph.partners.billing.failedOperation' };

    it.each<[string, () => Response]>([
      ['a page', () => new Response(`<p>${quoted}</p>`, { status: 400 })],
      ['an error', () => Response.json({ error: { code: quoted, message: `It is ${quoted}.` } }, { status: 400 })],
      ['IDs', () => Response.json({ error: { innerError: { 'request-id': quoted, date: quoted } } }, { status: 400 })],
      ['headers', () => new Response('', { status: 400, headers: { 'request-id': quoted, date: quoted } })],
      ['an unknown status', operation({ '@odata.type': quoted, status: quoted })],
      ['the error of an operation', operation({ ...failed, error: { code: quoted, message: quoted } })],
      [
        'a manifest',
        operation({
          '@odata.type': '',
          status: 'completed',
          resourceLocation: { sasToken: 'sig=1', rootDirectory: quoted },
        }),
      ],
      [
        'a link',
        operation({ '@odata.type': '', status: 'completed', 'resourceLocation@odata.navigationLink': quoted }),
      ],
    ])('covers %s', async (__, answer) => {
      expectHidden(await failure(clientWith(answer).waitForExport(handle)), encode, opaque);
    });

    it('covers a Location, a status and a storage error', async () => {
      const location = new Response(null, { status: 202, headers: { location: `/x/${quoted}` } });
      const request = { currencyCode: 'USD', billingPeriod: 'last' } as const;
      expectHidden(await failure(clientWith(() => location).startExport(request)), encode, opaque);
      const running = example('running', { status: quoted, id: quoted });
      const waiting = clientWith(() => Response.json(running)).waitForExport(handle, { timeoutMs: 100 });
      expectHidden(await failure(waiting), encode, opaque);
      const source = { rootDirectory: 'https://x.example', sasToken: 'sig=1', blobs: [{ name: 'a' }] };
      const refused = () => new Response('', { status: 404, headers: { 'x-ms-error-code': quoted } });
      expectHidden(await failure(collect(clientWith(refused).lineItems(source))), encode, opaque);
    });
  });

  it.each(Object.entries(encodings))('covers a signature %s', async (_, encode) => {
    for (const secret of [signature, decodeURIComponent(`${signature}%3D`)]) {
      const answers = [
        () => Response.json(example('succeededEmbedded', { resourceLocation: manifest('https://x.example/d') })),
        () => new Response('', { status: 403 }),
        () => new Response(`It is ${encode(secret)}.`, { status: 400 }),
      ];
      const client = clientWith(() => answers.shift()?.() ?? Response.error());
      expectHidden(await failure(collect(client.lineItems(handle))), encode, secret);
    }
  });

  it('covers a token in a code, a name or an eTag, in the message and in the fields', async () => {
    const word = 'EwBwA8l6BAAUx1';
    const source = {
      rootDirectory: 'https://x.example',
      sasToken: 'sig=1',
      eTag: word,
      id: '1',
      blobs: [{ name: word }],
    };
    const refused = (status: number) => new Response('', { status, headers: { 'x-ms-error-code': word } });
    const read = (fetch: () => Promise<Response>) =>
      failure(collect(clientOf({ url: 'https://graph.example' }, { credential: word, fetch }).lineItems(source)));
    await clientWith(() => Response.json(example('running')), word).getExport(handle);
    expectHidden(await read(async () => refused(404)), String, word);
    const answers = [refused(403), Response.json({ ...source, eTag: `${word}2` })];
    expectHidden(await read(async () => answers.shift() ?? Response.error()), String, word);
  });

  it('covers the SAS in a running operation', async () => {
    const embedded = { resourceLocation: manifest('https://x.example/d'), extra: sasToken };
    const client = clientWith(() => Response.json(example('running', embedded)));
    const error = await failure(client.waitForExport(handle, { timeoutMs: 100 }));
    expectNoSecret(error);
    const { operation } = (error as WaitTimeoutError).lastStatus ?? {};
    const names = ['@odata.type', 'id', 'status', 'createdDateTime', 'lastActionDateTime'];
    expect(operation).toEqual(Object.fromEntries(names.map((name) => [name, (example('running') as Members)[name]])));
  });

  it('covers the token in a request-id that a callback receives', async () => {
    const attempts: unknown[] = [];
    const fetch = async () => Response.json(example('running'), { headers: { 'request-id': opaque } });
    const options = { credential: opaque, fetch, onAttempt: (attempt: Attempt) => void attempts.push(attempt) };
    await clientOf({ url: 'https://graph.example' }, options).getExport(handle);
    expect(inspect(attempts)).toContain('[redacted]');
    expect(inspect(attempts)).not.toContain(opaque);
  });

  it.each([
    ['white space', ' '.repeat(65_500)],
    ['redacted text', `sig=${'x'.repeat(65_500)} `],
    ['escapes', '\\u0041'.repeat(10_917)],
  ])('covers every part of a token that is cut off after %s', (_, before) => {
    conceal(opaque);
    for (let length = 65_500; length < 65_560; length++) {
      const output = excerpt(before.slice(-length).padStart(length, '.') + opaque);
      expect(output).not.toContain(opaque.slice(0, 6));
    }
  });

  it('ignores a secret that is short once its escapes are decoded', () => {
    conceal('%51%58%5A%51');
    expect(excerpt('hello')).toBe('hello');
  });

  it('remembers the last hundred secrets and forgets older ones', () => {
    const secrets = Array.from({ length: 101 }, (_, n) => `secret-number-${n}-`);
    for (const secret of secrets) conceal(secret);
    expect(secrets.filter((secret) => excerpt(secret).includes(secret))).toEqual([secrets[0]]);
    conceal('short');
    expect(excerpt('short')).toBe('short');
  });
});

describe('the location of a handle', () => {
  const id = 'op-1';
  const bare = `https://x.example/operations/${id}`;
  const withAll = `https://me:pw@x.example/operations/${id}?sig=${signature}#${signature}`;

  it.each(['https://graph.example', ''])('has no user info, query or fragment (base URL: "%s")', (baseUrl) => {
    expect(handleOf(withAll, 'https://graph.example')).toEqual({ operationId: id, location: bare });
    expect(checkHandle({ operationId: id, location: withAll }, baseUrl)).toEqual({ operationId: id, location: bare });
  });

  it.each([withAll, id, { operationId: id, location: 'not a URL?sig=1' }])(
    'is built from the base URL and the ID in %j',
    (input) => {
      expect(checkHandle(input, 'https://graph.example').location).toBe(
        `https://graph.example/reports/partners/billing/operations/${id}`,
      );
    },
  );
});

describe('the leak check of all suites finds', () => {
  const [signature = '', plain = ''] = [encodeURIComponent('a+b/c0123456789='), 'a+b/c0123456789='];
  noteSas(`sv=1&sig=${signature}&sp=rl`);

  it.each([
    ['the token', 'x test-token y'],
    ['the token in base64', Buffer.from('xx test-token y').toString('base64')],
    ['the token in a header in base64', Buffer.from('Bearer test-token').toString('base64')],
    ['a signature as in the URL', `?sig=${signature}`],
    ['a signature decoded', plain],
    ['a signature encoded twice', encodeURIComponent(encodeURIComponent(plain))],
    ['a signature in base64', Buffer.from(`7${plain}`).toString('base64')],
  ])('%s', (_, text) => {
    expect(leaksIn(text)).not.toEqual([]);
  });

  it('secrets in hidden properties and causes of an error', () => {
    const hidden = Object.defineProperty(new Error('x'), 'request', { value: { url: plain }, enumerable: false });
    for (const error of [hidden, new Error('x', { cause: plain }), new Error(plain), { plain }]) {
      expect(() => expectNoLeak(error)).toThrow();
    }
    expect(() => expectNoLeak(new Error('x'))).not.toThrow();
  });
});

describe('a text from a service', () => {
  it.each([
    [`https://x.example/a?${sasToken}`, '&sig=[redacted]'],
    [`"sasToken": "${sasToken}", "a": 1`, '"sasToken": "[redacted]", "a": 1'],
    [`sig%3d${signature}%26a`, 'sig=[redacted]&a'],
    [`Authorization: bearer ${token}`, 'bearer [redacted]'],
    [`token ${token}.`, 'token [redacted]'],
    ['https://me:password@x.example/', 'https://[redacted]@x.example/'],
  ])('loses its secrets: %s', (text, rest) => {
    expect(excerpt(text)).toContain(rest);
    expect(excerpt(text)).not.toMatch(new RegExp(`${signature}|${token}|password`));
  });

  it('is cut and put on one line', () => {
    expect(excerpt(`a\r\n\t b${'x'.repeat(1_000_000)}`)).toMatch(/^a bx{197}…$/);
    expect(excerpt(`a${' '.repeat(1_000_000)}b`)).toBe('a ');
    expect(excerpt('x'.repeat(200))).toBe('x'.repeat(200));
  });

  it.each<[unknown, string]>([
    ['a "b"', '"a "b""'],
    [undefined, 'undefined'],
    [null, 'null'],
    [7n, '7'],
    [[1, 2], 'an array'],
    [{}, '{}'],
    [{ sasToken, a: 1 }, '{sasToken, a}'],
    [() => 1, 'a function'],
  ])('or any other value is quoted without possible secrets: %s', (value, expected) => {
    expect(quote(value)).toBe(expected);
  });

  it('of an error includes its causes', () => {
    const cause = new Error('connect ECONNREFUSED', { cause: `sig=${signature}` });
    expect(reason(new TypeError('fetch failed', { cause }))).toBe(
      'fetch failed: connect ECONNREFUSED: "sig=[redacted]"',
    );
    expect(reason('text')).toBe('"text"');
  });
});
