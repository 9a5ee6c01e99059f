import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkHandle, handleOf, idIn } from '../../src/export-handle.ts';
import { createUnbilledUsageClient } from '../../src/index.ts';
import { blobUrl } from '../../src/manifest.ts';
import { character } from '../support/character.ts';
import { collect, example } from '../support/play.ts';

const baseUrl = 'https://graph.example/v1.0';

/** A client that keeps the addresses it asks for, and what answers each of them. */
function asking(base: string, answer: () => Response) {
  const asked: string[] = [];
  const fetch = async (input: string | URL | Request) => {
    asked.push(String(input));
    return answer();
  };
  return { asked, client: createUnbilledUsageClient({ credential: 'token', baseUrl: base, fetch }) };
}

/** What may stand between two slashes of a URL, encoded characters included; but a dot or two, which mean a directory. */
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

describe('the law of a blob’s URL:', () => {
  const blob = gzipSync('{}\n');

  it('it is directory, slash, name, question mark and SAS, and goes over the wire as it is', async () => {
    await fc.assert(
      fc.asyncProperty(directory, segment, sasToken, async (rootDirectory, name, sas) => {
        const { asked, client } = asking('http://graph.example', () => new Response(blob));
        await collect(client.lineItems({ rootDirectory, sasToken: sas, blobs: [{ name }] }));
        expect(asked).toEqual([`${rootDirectory}/${name}?${sas}`]);
        expect(new Request(asked[0] ?? '').url).toBe(asked[0]);
      }),
    );
  });

  it('a slash behind the directory and a question mark before the SAS are not there twice', () => {
    fc.assert(
      fc.property(directory, segment, sasToken, fc.boolean(), fc.boolean(), (root, name, sas, slash, mark) => {
        const manifest = { rootDirectory: slash ? `${root}/` : root, sasToken: mark ? `?${sas}` : sas, blobs: [] };
        expect(blobUrl(manifest, name)).toBe(`${root}/${name}?${sas}`);
      }),
    );
  });
});

describe('the law of an operation’s id:', () => {
  it('whatever its characters, it is one segment of the path that is asked for, and the same when taken out', async () => {
    await fc.assert(
      fc.asyncProperty(id, async (operationId) => {
        const { asked, client } = asking(baseUrl, () => Response.json(example('running')));
        await client.getExport(operationId);
        await client.getExport({ operationId, location: '' });
        const { pathname, search, hash } = new URL(asked[0] ?? '');
        const parts = pathname.split('/');
        expect([asked[1], parts.length, search, hash]).toEqual([asked[0], 7, '', '']);
        expect(decodeURIComponent(parts.at(-1) ?? '')).toBe(operationId);
        expect(idIn(asked[0] ?? '', 'operations')).toBe(operationId);
      }),
    );
  });

  it('a handle made of it leads to it, as do its URL, relative or not, with a slash, a query or a fragment behind it', () => {
    fc.assert(
      fc.property(id, fc.constantFrom('', '/'), fc.constantFrom('', '?a=/b', '#/c'), (operationId, slash, behind) => {
        const { location } = checkHandle(operationId, baseUrl);
        const url = location + slash + behind;
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

  it('a link to anything but one operation has none', () => {
    const other = segment.filter((text) => text !== 'operations');
    fc.assert(
      fc.property(directory, other, segment, (root, collection, last) => {
        expect(idIn(`${root}/${collection}/${last}`, 'operations')).toBeUndefined();
        expect(idIn(`${root}/operations/${collection}/${last}`, 'operations')).toBeUndefined();
      }),
    );
  });
});

describe('the law of the base URL:', () => {
  it('any number of slashes at its end is none, and its path is kept', async () => {
    await fc.assert(
      fc.asyncProperty(directory, fc.nat({ max: 5 }), async (base, slashes) => {
        const { asked, client } = asking(base + '/'.repeat(slashes), () => Response.json(example('running')));
        await client.getExport('1');
        expect(asked).toEqual([`${base}/reports/partners/billing/operations/1`]);
      }),
    );
  });
});
