import { inspect } from 'node:util';
import { describe, expect, inject, it } from 'vitest';
import { excerpt, quote, reason } from '../src/redact.ts';
import { leaksIn, noteSas } from './harness/leaks.ts';
import { expectBreach } from './harness/observe.setup.ts';
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
} from './harness/play.ts';
import { storeExport } from './harness/storage.ts';

const token = 'eyJ0eXAiOiJKV1QifQ.eyJhdWQiOiJncmFwaCJ9.c2lnbmF0dXJl';
const sasToken =
  'sv=2026-10-06&se=2026-11-22T14%3A05%3A55Z&sr=c&sp=rl&sig=FBZaMWkvslYZLSXbVludVAVZTtP3W1UYjHwELca3n6Q%3D';
const signature = 'FBZaMWkvslYZLSXbVludVAVZTtP3W1UYjHwELca3n6Q';

/** All that a log could show of an error: its message, stack, properties and causes. */
function expectNoSecret(error: unknown): void {
  expect(error).toBeInstanceOf(Error);
  const shown = `${inspect(error, { depth: 10, showHidden: true })} ${JSON.stringify(error)} ${error}`;
  expect(shown).not.toContain(signature);
  expect(shown).not.toContain(token);
}

describe('no error shows the token or the SAS', () => {
  const manifest = (rootDirectory: string) => ({
    ...example('manifest'),
    rootDirectory,
    sasToken,
    blobs: [{ name: 'a' }],
    blobCount: 1,
  });

  it('when the service quotes an opaque token wherever it can', async () => {
    const opaque = 'EwBwA8l6BAAU';
    const body = {
      error: { code: `Bearer ${opaque}`, message: `token ${opaque} is invalid`, innerError: { 'request-id': opaque } },
    };
    const service = await scripted({ status: 400, body });
    const error = await failure(clientOf(service, { credential: opaque }).getExport(handle));
    expect(inspect(error, { showHidden: true })).not.toContain(opaque);
  });

  it('when the service quotes what it was sent', async () => {
    expectBreach(/^response status: GET 418/);
    const body = { error: { code: 'x', message: `You sent Authorization: Bearer ${token} and ${sasToken}` } };
    const service = await scripted({ status: 418, body });
    expectNoSecret(await failure(clientOf(service, { credential: token }).getExport(handle)));
  });

  it('when there is no answer', async () => {
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

  it('when the manifest is wrong', async () => {
    expectBreach(/^response body: GET 200/);
    const wrong = { ...manifest(''), rootDirectory: `ftp://x.example/?${sasToken}` };
    const service = await scripted(succeeded(wrong as Parameters<typeof succeeded>[0]));
    expectNoSecret(await failure(clientOf(service, { credential: token }).getExport(handle)));
  });

  it('when the data changed', async () => {
    const stored = await storeExport(inject('storageUrl'), { a: new Uint8Array() });
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

describe('the search for secrets that all suites share finds', () => {
  const [signature = '', plain = ''] = [encodeURIComponent('a+b/c0123456789='), 'a+b/c0123456789='];
  noteSas(`sv=1&sig=${signature}&sp=rl`);

  it.each([
    ['the token', 'x test-token y'],
    ['the token in base64', Buffer.from('xx test-token y').toString('base64')],
    ['the token in a header in base64', Buffer.from('Bearer test-token').toString('base64')],
    ['a signature as it is in the URL', `?sig=${signature}`],
    ['a signature decoded', plain],
    ['a signature encoded twice', encodeURIComponent(encodeURIComponent(plain))],
    ['a signature in base64', Buffer.from(`7${plain}`).toString('base64')],
  ])('%s', (_, text) => {
    expect(leaksIn(text)).not.toEqual([]);
  });

  it('hidden ones and causes of an error', () => {
    const hidden = Object.defineProperty(new Error('x'), 'request', { value: { url: plain }, enumerable: false });
    for (const error of [hidden, new Error('x', { cause: plain }), new Error(plain), { plain }]) {
      expect(() => expectNoLeak(error)).toThrow();
    }
    expect(() => expectNoLeak(new Error('x'))).not.toThrow();
  });
});

describe('a text from outside', () => {
  it.each([
    [`https://x.example/a?${sasToken}`, '&sig=[redacted]'],
    [`"sasToken": "${sasToken}", "a": 1`, '"sasToken": "[redacted]", "a": 1'],
    [`sig%3d${signature}%26a`, 'sig%3d[redacted]'],
    [`Authorization: bearer ${token}`, 'Bearer [redacted]'],
    [`token ${token}.`, 'token [redacted]'],
    ['https://me:password@x.example/', 'https://[redacted]@x.example/'],
  ])('loses its secrets: %s', (text, rest) => {
    expect(excerpt(text)).toContain(rest);
    expect(excerpt(text)).not.toMatch(new RegExp(`${signature}|${token}|password`));
  });

  it('is bounded and on one line', () => {
    expect(excerpt(`a\r\n\t b${'x'.repeat(1_000_000)}`)).toMatch(/^a bx{197}…$/);
    expect(excerpt(`a${' '.repeat(1_000_000)}b`)).toBe('a ');
    expect(excerpt('x'.repeat(200))).toBe('x'.repeat(200));
  });

  it.each<[unknown, string]>([
    ['a "b"', '"a "b""'],
    [undefined, 'undefined'],
    [null, 'null'],
    [7n, '7'],
    [[1, 2], 'an array of 2'],
    [{}, 'an object with no keys'],
    [{ sasToken, a: 1 }, 'an object with sasToken, a'],
    [() => 1, 'a function'],
  ])('or any value is quoted without what may be secret: %s', (value, expected) => {
    expect(quote(value)).toBe(expected);
  });

  it('says why of an error, and of its causes', () => {
    const cause = new Error('connect ECONNREFUSED', { cause: `sig=${signature}` });
    expect(reason(new TypeError('fetch failed', { cause }))).toBe(
      'fetch failed: connect ECONNREFUSED: "sig=[redacted]"',
    );
    expect(reason('text')).toBe('"text"');
  });
});
