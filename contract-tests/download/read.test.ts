import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readState } from '../../src/node/export-state.ts';
import { downloadExport, readDownload } from '../../src/node/index.ts';
import { completeFiles } from '../../src/node/read-download.ts';
import { readText } from '../../src/node/stored-file.ts';
import { writeWhole } from '../../src/node/whole-file.ts';
import {
  blobs,
  containing,
  download,
  expectError,
  first,
  forGood,
  inMemory,
  manifestOf,
  second,
  stored,
} from '../support/faulty-download.ts';
import { alter } from '../support/faulty-storage.ts';
import { clientOf, collect, emptyDirectory, failure, handle, refusal, scripted } from '../support/play.ts';

const { signal } = new AbortController();
const lines = Object.values(blobs).flatMap((blob) => gunzipSync(blob).toString().trimEnd().split('\n'));

async function downloadAll(): Promise<string> {
  const directory = await emptyDirectory();
  await download(stored.manifest(), directory);
  return directory;
}

async function text(directory: string): Promise<string> {
  return Buffer.concat(
    await collect(readText(await completeFiles(directory, await readState(directory)), signal)),
  ).toString();
}

describe('readDownload', () => {
  it('returns the line items in the order of the manifest', async () => {
    expect(await collect(readDownload(await downloadAll()))).toEqual(lines.map((line) => JSON.parse(line)));
  });

  it('returns numbers as written', async () => {
    const [item] = await collect(readDownload(await downloadAll(), { numbers: 'string' }));
    expect(lines[0]).toContain(`"BillingPreTaxTotal":${item?.BillingPreTaxTotal},`);
    expect(typeof item?.BillingPreTaxTotal).toBe('string');
  });

  it('ends with the reason of its signal', async () => {
    const reason = new Error('enough');
    expect(await failure(collect(readDownload(await downloadAll(), { signal: AbortSignal.abort(reason) })))).toBe(
      reason,
    );
  });

  it('ends at the next line item after an abort', async () => {
    const [stop, reason] = [new AbortController(), new Error('enough')];
    let count = 0;
    const reading = (async () => {
      for await (const _ of readDownload(await downloadAll(), { signal: stop.signal })) {
        if (++count === 2) stop.abort(reason);
      }
    })();
    expect(await failure(reading)).toBe(reason);
    expect(count).toBe(2);
  });

  it('rejects an unknown value of "numbers"', async () => {
    const options = { numbers: 'bigint' as 'string' };
    expectError(await failure(collect(readDownload(await downloadAll(), options))), { field: 'numbers' });
  });

  it.each<[string, (path: string) => Promise<unknown>, object]>([
    ['is empty', (path) => writeFile(path, ''), { name: 'DirectoryError', message: containing('has 2 of 3 blobs') }],
    [
      'is damaged',
      async (path) => {
        const bytes = await readFile(path);
        await writeFile(path, bytes.fill(0, bytes.length >> 1));
      },
      { name: 'BlobError', blobName: second },
    ],
    [
      'is replaced by another one of its size',
      async (path) => {
        const { length } = await readFile(path);
        const empty = gzipSync('{"Unit":""}\n', { level: 0 }).length;
        await writeFile(path, gzipSync(`{"Unit":"${'x'.repeat(length - empty)}"}\n`, { level: 0 }));
      },
      { name: 'BlobError', blobName: second, message: containing('has changed since it was verified') },
    ],
  ])('throws an error if a file %s', async (_, change, error) => {
    const directory = await downloadAll();
    await change(join(directory, second));
    expectError(await failure(collect(readDownload(directory))), error);
    expectError(await failure(text(directory)), error);
  });

  it('throws a DirectoryError if the export has not ended', async () => {
    const directory = await emptyDirectory();
    await failure(downloadExport(clientOf(await scripted(refusal(404))), handle, { directory }));
    const message = containing('has no blobs yet');
    expectError(await failure(collect(readDownload(directory))), { name: 'DirectoryError', message });
  });

  it('throws a DirectoryError if a directory has the name of a blob', async () => {
    const directory = await downloadAll();
    const path = join(directory, 'export.json');
    await writeFile(path, (await readFile(path, 'utf8')).replaceAll(second, 'folder'));
    await mkdir(join(directory, 'folder'));
    expectError(await failure(collect(readDownload(directory))), { message: containing('is not a regular file') });
  });
});

describe('the text of a download', () => {
  it.each<[string, string, string]>([
    ['ends each blob with a line feed', '{"Unit":"1"}', '{"Unit":"1"}\n'],
    ['has no byte order mark', '\ufeff{"Unit":"1"}\n', '{"Unit":"1"}\n'],
    ['is empty for a blob without lines', '', ''],
  ])('%s', async (_, body, expected) => {
    const blobs = { [first]: gzipSync(body), [second]: gzipSync(body) };
    const directory = await emptyDirectory();
    await download((await inMemory(blobs)).behind(manifestOf(blobs)), directory);
    expect(await text(directory)).toBe(expected.repeat(2));
  });

  it('is returned if the transport had decoded it', async () => {
    const only = { [first]: blobs[first] ?? new Uint8Array() };
    const storage = await inMemory(only, forGood(alter((body) => body, 'sized', { 'content-encoding': 'gzip' })));
    const directory = await emptyDirectory();
    await download(storage.behind(manifestOf(only)), directory);
    expect(await text(directory)).toBe(gunzipSync(only[first] ?? '').toString());
    await truncate(join(directory, first), 10);
    expectError(await failure(text(directory)), { name: 'DirectoryError' });
  });
});

describe('writeWhole', () => {
  it.each<[string, Error, string]>([
    [
      'which becomes a DirectoryError if it is of the file system',
      Object.assign(new Error('ENOSPC'), { syscall: 'write' }),
      'DirectoryError',
    ],
    ['which is unchanged if it is of the caller', new RangeError('mine'), 'RangeError'],
  ])('leaves no file after an error, %s', async (_, error, name) => {
    const directory = await emptyDirectory();
    const path = join(directory, 'x');
    const thrown = await failure(writeWhole(path, async () => Promise.reject(error)));
    expect(thrown).toMatchObject({ name });
    await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
