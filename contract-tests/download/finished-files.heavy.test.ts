import { createHash } from 'node:crypto';
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UnbilledUsageError } from '../../src/index.ts';
import { downloadExport } from '../../src/node/index.ts';
import { verify } from '../../src/node/verify.ts';
import { run } from '../support/command.ts';
import {
  blobError,
  blobs,
  download,
  expectComplete,
  expectError,
  faultyStorage,
  first,
  forGood,
  inMemory,
  manifestOf,
  second,
  stored,
} from '../support/faulty-download.ts';
import { alter, breakOff, refuse } from '../support/faulty-storage.ts';
import { expectBreach } from '../support/observe.setup.ts';
import { clientOf, emptyDirectory, failure, handle, scripted, succeeded } from '../support/play.ts';
import type { ScriptedServer } from '../support/scripted-server.ts';

const lines = Object.values(blobs)
  .map((blob) => gunzipSync(blob).toString())
  .join('');

/** Leaves the first half of the first blob. */
const cutAndRefused = [breakOff('close', 0.5), ...forGood(refuse(503))];

const downloadFrom = (service: ScriptedServer, directory: string) =>
  downloadExport(clientOf(service), handle, { directory });

/** Returns the path to each value of a JSON document. */
function paths(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, each]) => paths(each, [...path, key]))];
}

/** Returns the document with another value at this path. */
function replaceAt(text: string, path: readonly string[], value: unknown): string {
  let depth = 0;
  const within = (node: unknown): unknown => {
    const key = path[depth++];
    if (key === undefined) return value;
    const copy = Array.isArray(node) ? [...node] : { ...(node as object) };
    return Object.assign(copy, { [key]: within((node as Record<string, unknown>)[key]) });
  };
  return JSON.stringify(within(JSON.parse(text))) ?? '';
}

/** Changes one byte in the middle. */
const flip = (bytes: Buffer) =>
  bytes.fill((bytes[bytes.length >> 1] ?? 0) ^ 1, bytes.length >> 1, (bytes.length >> 1) + 1);

const damages: [string, (path: string) => Promise<void>][] = [
  ['truncated', (path) => truncate(path, 1_000)],
  ['emptied', (path) => truncate(path, 0)],
  ['extended by a second gzip member', async (path) => writeFile(path, gzipSync('{}\n'), { flag: 'a' })],
  ['damaged but still of its size', async (path) => writeFile(path, flip(await readFile(path)))],
  [
    'replaced by another gzip of the same size',
    async (path) => {
      const { length } = await readFile(path);
      const name = 'x'.repeat(length - gzipSync('{"Unit":""}\n', { level: 0 }).length);
      const other = gzipSync(`{"Unit":"${name}"}\n`, { level: 0 });
      await writeFile(path, other);
      expect(other.length).toBe(length);
    },
  ],
];

describe('a finished file that is', () => {
  it.each(damages)('%s makes commands fail until resume fetches it again', async (_, damage) => {
    const directory = await emptyDirectory();
    await download(stored.manifest(), directory);
    const service = await scripted(succeeded(stored.manifest()));
    const resume = ['resume', directory, '--base-url', `${service.url}/v1.0`];
    for (const args of [
      ['lines', directory],
      ['summary', directory],
      [...resume, '--format', 'jsonl'],
    ]) {
      await damage(join(directory, second));
      const { code, stderr } = await run(args);
      if (args[0] !== 'resume')
        expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('Resume with: ') });
      expect(await run(resume)).toMatchObject({ code: 0 });
      expect(await run(['lines', directory])).toEqual({ code: 0, stdout: lines, stderr: '' });
    }
    const { code } = await run([...resume, '--format', 'jsonl']);
    expect({ code, jsonl: await readFile(join(directory, 'export.jsonl'), 'utf8') }).toEqual({ code: 0, jsonl: lines });
  });
});

it.each(damages.slice(0, 3))(
  'a finished file that is %s is noticed by status and fetched again by resume',
  async (_, damage) => {
    const directory = await emptyDirectory();
    await download(stored.manifest(), directory);
    await damage(join(directory, second));
    const { stdout } = await run(['status', directory, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ state: 'downloading', blobs: 2, blobCount: 3 });
    const service = await scripted(succeeded(stored.manifest()));
    expect(await run(['resume', directory, '--base-url', `${service.url}/v1.0`])).toMatchObject({ code: 0 });
    await expectComplete(directory);
  },
);

it('names in export.json cannot lead to files outside the directory', async () => {
  const parent = await emptyDirectory();
  const directory = join(parent, 'out');
  await download(stored.manifest(), directory);
  const path = join(directory, 'export.json');
  const text = (await readFile(path, 'utf8')).replaceAll(second, '../secret.gz');
  await writeFile(join(parent, 'secret.gz'), blobs[second] ?? '');
  await writeFile(path, text);
  const outcome = {
    code: 1,
    stdout: '',
    stderr: `DirectoryError: ${path} is damaged; delete its directory, and download again.\n`,
  };
  expect(await run(['lines', directory])).toEqual(outcome);
});

describe('a blob that is not gzip', () => {
  const json = Buffer.from('{"error":{"code":"x"}}\n');
  const notGzip = blobError('is not gzip');

  it.each<[string, Buffer, object, RegExp[]]>([
    ['an error as JSON', json, notGzip, []],
    ['blank lines', Buffer.from('\n\n'), notGzip, []],
    ['one byte', Buffer.from('{'), notGzip, [/^line item: line 1 is not JSON/]],
    ['no bytes', Buffer.alloc(0), blobError('is empty'), []],
  ])('but %s throws a BlobError', async (_, body, error, breach) => {
    expectBreach(...breach);
    const directory = await emptyDirectory();
    const storage = await faultyStorage(forGood(alter(() => body)));
    expectError(await failure(download(storage.behind(stored.manifest()), directory)), error);
    storage.heal();
    await download(storage.behind(stored.manifest()), directory);
    await expectComplete(directory);
  });

  it.each(['', 'x'])(
    'is complete if the transport has decoded it, and its MD5 is ignored (salt: "%s")',
    async (salt) => {
      const text = gunzipSync(blobs[first] ?? '');
      const encoded = gzipSync(text);
      const md5 = createHash('md5').update(encoded).update(salt).digest('base64');
      const only = { [first]: encoded };
      const directory = await emptyDirectory();
      const storage = await inMemory(
        only,
        forGood(alter((body) => body, 'sized', { 'content-encoding': 'gzip', 'content-md5': md5 })),
      );
      const manifest = storage.behind(manifestOf(only));
      expect(await download(manifest, directory)).toMatchObject({ lineItems: 200, bytes: text.length });
      expect(await readFile(join(directory, first))).toEqual(text);
      expect(storage.requests).toHaveLength(1);
      expect(await download(manifest, directory)).toMatchObject({ lineItems: 200 });
      expect(storage.requests).toHaveLength(1);
      expect(await run(['lines', directory])).toMatchObject({ code: 0, stdout: `${text}` });
    },
  );
});

describe('a partial file', () => {
  const other = { etag: '"0xOTHER"' };
  const whole = alter(() => Buffer.from(blobs[first] ?? ''), 'sized', other);
  const range = (value: string) => alter((body) => body, 'sized', { 'content-range': value });

  it.each([
    ['200 and another ETag', whole],
    ['206 for no range', range('bytes */1000')],
    ['206 for another range', range('bytes 0-9/1000')],
    [
      '206 in several parts',
      alter((body) => body, 'sized', { 'content-range': '', 'content-type': 'multipart/byteranges' }),
    ],
    ['400', refuse(400)],
    ['404', refuse(404)],
    ['412', refuse(412)],
    ['416', refuse(416)],
  ])('whose rest is answered with %s is not resumed by the next run', async (_, fault) => {
    const directory = await emptyDirectory();
    const storage = await faultyStorage([...cutAndRefused]);
    await failure(download(storage.behind(stored.manifest()), directory));
    const changed = await faultyStorage([fault]);
    expectError(await failure(download(changed.behind(stored.manifest()), directory)), {
      name: 'BlobError',
      blobName: first,
    });
    changed.requests.length = 0;
    await download(changed.behind(stored.manifest()), directory);
    expect(changed.of(first)).toMatchObject([{ range: undefined, ifMatch: undefined }]);
    await expectComplete(directory);
  });

  it.each([401, 403])('whose rest is refused with %i is resumed by the next run', async (status) => {
    const directory = await emptyDirectory();
    const storage = await faultyStorage([...cutAndRefused]);
    await failure(download(storage.behind(stored.manifest()), directory));
    const closed = await faultyStorage(forGood(refuse(status)));
    await failure(download(closed.behind(stored.manifest()), directory));
    closed.heal();
    closed.requests.length = 0;
    await download(closed.behind(stored.manifest()), directory);
    expect(closed.of(first)).toMatchObject([{ range: expect.stringMatching(/^bytes=\d+-$/) }]);
    await expectComplete(directory);
  });
});

it.each(['part-%30.json.gz', 'PART-0.json.gz'])('a manifest with part-0.json.gz and %s is rejected', async (name) => {
  const names = [{ name: 'part-0.json.gz' }, { name }];
  const manifest = stored.manifest(3_600_000, { blobs: names, blobCount: 2 });
  const where = 'manifest.blobs[1].name';
  expectError(await failure(download(manifest, await emptyDirectory())), { name: 'ContractError', where });
});

it('a file that cannot be read throws a DirectoryError', async () => {
  const path = join(await emptyDirectory(), 'gone');
  expectError(await failure(verify(path, 'gone', {}, AbortSignal.timeout(60_000))), { name: 'DirectoryError', path });
});

describe('export.json', () => {
  it('with any change leads to a documented error or a complete download', async () => {
    const original = await emptyDirectory();
    await download(stored.manifest(), original);
    const text = await readFile(join(original, 'export.json'), 'utf8');
    const service = await scripted(succeeded(stored.manifest()));
    const mutation = fc.oneof(
      fc
        .tuple(fc.nat(text.length - 1), fc.string({ maxLength: 3 }))
        .map(([at, piece]) => text.slice(0, at) + piece + text.slice(at + 1)),
      fc
        .tuple(
          fc.constantFrom(...paths(JSON.parse(text))),
          fc.constantFrom(null, 7, -1, '', 'x', [], {}, true, 1e300, undefined),
        )
        .map(([path, value]) => replaceAt(text, path, value)),
    );
    await fc.assert(
      fc.asyncProperty(mutation, async (json) => {
        await writeFile(join(original, 'export.json'), json);
        const outcome = await downloadFrom(service, original).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(UnbilledUsageError);
        else await expectComplete(original);
      }),
      { numRuns: 300 },
    );
  });

  it('with a blob called __proto__ can be read again', async () => {
    const odd = Object.fromEntries([
      ['__proto__', blobs[first] ?? new Uint8Array()],
      ['constructor', blobs[second] ?? new Uint8Array()],
    ]);
    const storage = await inMemory(odd);
    const names = ['__proto__', 'constructor'].map((name) => ({ name }));
    const manifest = storage.behind(stored.manifest(3_600_000, { blobs: names, blobCount: 2 }));
    const directory = await emptyDirectory();
    expect(await download(manifest, directory)).toMatchObject({ lineItems: 400 });
    const { length } = storage.requests;
    expect(await download(manifest, directory)).toMatchObject({ lineItems: 400 });
    expect(storage.requests).toHaveLength(length);
    expect((await readdir(directory)).sort()).toEqual(['__proto__', 'constructor', 'export.json']);
    expect((await run(['lines', directory])).stdout.split('\n')).toHaveLength(401);
  });
});
