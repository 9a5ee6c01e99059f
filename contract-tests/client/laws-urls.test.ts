import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkHandle, handleOf, idIn } from '../../src/export-handle.ts';
import { createUnbilledUsageClient } from '../../src/index.ts';
import { blobUrl } from '../../src/manifest.ts';
import { character } from '../support/character.ts';
import { collect, example } from '../support/play.ts';

const baseUrl = 'https://graph.example/v1.0';

/** Creates a client that records the URLs it requests. `answer` creates each response. */
function recordingClient(base: string, answer: () => Response) {
  const urls: string[] = [];
  const fetch = async (input: string | URL | Request) => {
    urls.push(String(input));
    return answer();
  };
  return { urls, client: createUnbilledUsageClient({ credential: 'token', baseUrl: base, fetch }) };
}

/** A path segment, which may hold encoded characters, except for `.` and `..`. */
const segment = fc
  .stringMatching(/^([\w~!$&'()*+,;=:@.-]|%[2-7][0-9A-F]){1,12}$/)
  .filter((text) => !/^(\.|%2e){1,2}$/i.test(text));
const host = fc.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?\.example(:[1-9]\d{3})?$/);
const directory = fc
  .tuple(fc.constantFrom('https', 'http'), host, fc.array(segment, { maxLength: 5 }))
  .map(([scheme, name, path]) => [`${scheme}://${name}`, ...path].join('/'));
const sasToken = fc.stringMatching(/^[a-z]{2,3}=([\w.~:/?+-]|%[0-9A-F]{2})*(&sig=([\w.~-]|%[0-9A-F]{2}){1,40})?$/);

const id = fc
  .oneof(fc.string({ unit: character, minLength: 1, maxLength: 20 }), fc.constantFrom('a-https:b', '...', '%2F', '%zz'))
  .filter((text) => !/[\s/\\?#\p{Cs}\p{Cc}]|^\.{1,2}$|^https?:/iu.test(text));

describe('the URL of a blob', () => {
  const blob = gzipSync('{}\n');

  it('consists of directory, name and SAS, and is sent unchanged', async () => {
    await fc.assert(
      fc.asyncProperty(directory, segment, sasToken, async (rootDirectory, name, sas) => {
        const { urls, client } = recordingClient('http://graph.example', () => new Response(blob));
        await collect(client.lineItems({ rootDirectory, sasToken: sas, blobs: [{ name }] }));
        expect(urls).toEqual([`${rootDirectory}/${name}?${sas}`]);
        expect(new Request(urls[0] ?? '').url).toBe(urls[0]);
      }),
    );
  });

  it('does not repeat a slash after the directory or a question mark before the SAS', () => {
    fc.assert(
      fc.property(directory, segment, sasToken, fc.boolean(), fc.boolean(), (root, name, sas, slash, mark) => {
        const manifest = { rootDirectory: slash ? `${root}/` : root, sasToken: mark ? `?${sas}` : sas, blobs: [] };
        expect(blobUrl(manifest, name)).toBe(`${root}/${name}?${sas}`);
      }),
    );
  });
});

describe('an operation ID', () => {
  it('of any characters is one segment of the URL, and can be read back from it', async () => {
    await fc.assert(
      fc.asyncProperty(id, async (operationId) => {
        const { urls, client } = recordingClient(baseUrl, () => Response.json(example('running')));
        await client.getExport(operationId);
        await client.getExport({ operationId, location: '' });
        const { pathname, search, hash } = new URL(urls[0] ?? '');
        const parts = pathname.split('/');
        expect([urls[1], parts.length, search, hash]).toEqual([urls[0], 7, '', '']);
        expect(decodeURIComponent(parts.at(-1) ?? '')).toBe(operationId);
        expect(idIn(urls[0] ?? '', 'operations')).toBe(operationId);
      }),
    );
  });

  it('gives the same handle as its absolute or relative URL, with any slash, query or fragment', () => {
    fc.assert(
      fc.property(id, fc.constantFrom('', '/'), fc.constantFrom('', '?a=/b', '#/c'), (operationId, slash, suffix) => {
        const { location } = checkHandle(operationId, baseUrl);
        const url = location + slash + suffix;
        const path = url.slice('https://graph.example'.length);
        expect(checkHandle(url, baseUrl)).toEqual({ operationId, location });
        const bare = new URL(location + slash).href;
        expect(handleOf(url, 'https://elsewhere.example/v1.0')).toEqual({ operationId, location: bare });
        expect(handleOf(path, `${baseUrl}/x`)).toEqual({ operationId, location: bare });
        for (const whole of [url, url.replace('//', '//me:pw@')]) {
          expect(checkHandle({ operationId, location: whole }, baseUrl)).toEqual({ operationId, location: bare });
        }
      }),
    );
  });

  it('is not found in a link to anything else', () => {
    const other = segment.filter((text) => text !== 'operations');
    fc.assert(
      fc.property(directory, other, segment, (root, collection, last) => {
        expect(idIn(`${root}/${collection}/${last}`, 'operations')).toBeUndefined();
        expect(idIn(`${root}/operations/${collection}/${last}`, 'operations')).toBeUndefined();
      }),
    );
  });
});

describe('the base URL', () => {
  it('keeps its path and loses any trailing slashes', async () => {
    await fc.assert(
      fc.asyncProperty(directory, fc.nat({ max: 5 }), async (base, slashes) => {
        const { urls, client } = recordingClient(base + '/'.repeat(slashes), () => Response.json(example('running')));
        await client.getExport('1');
        expect(urls).toEqual([`${base}/reports/partners/billing/operations/1`]);
      }),
    );
  });
});
