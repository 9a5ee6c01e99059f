import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportHandle } from '../export.ts';
import { checkHandle } from '../export-handle.ts';
import { checkBlobNames } from './blob-name.ts';
import { at, DirectoryError } from './directory-error.ts';

/** What was found when a file was verified. */
export interface Verified {
  /** As stored, so compressed. */
  bytes: number;
  /** Of the bytes as stored. An `export.json` of version 0.1.0 does not have it. */
  crc32?: number | undefined;
  lineItems: number;
}

/** What `export.json` says about one blob. */
export interface BlobState {
  /** The ETag of the blob that the partial file belongs to. */
  etag?: string | undefined;
  /** The MD5 that the storage names for the whole blob, in base64. */
  md5?: string | undefined;
  /** The transport has undone a `Content-Encoding`, so the file need not be gzip. */
  encoded?: true | undefined;
  done?: Verified | undefined;
  /** Somebody found that the finished file is not what was verified. */
  damaged?: true | undefined;
}

/** What is needed of a manifest to tell its data apart. */
export interface StoredManifest {
  id?: string | undefined;
  eTag?: string | undefined;
  createdDateTime?: string | undefined;
  blobs: { name: string }[];
}

/** What `export.json` holds: all that another run needs to resume, and no secret. */
export interface ExportState {
  handle?: ExportHandle | undefined;
  /** The operation ended in failure: there is nothing to resume. */
  failed?: true | undefined;
  /** Absent until the export has ended. */
  manifest?: StoredManifest | undefined;
  blobs: Map<string, BlobState>;
}

export const STATE = 'export.json';

/** Neither follows a symbolic link nor waits for the other end of a pipe that somebody has put there. (Not on Windows.) */
export const PLAIN = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** @throws {@link DirectoryError} when the directory holds no export, or `export.json` is damaged */
export async function readState(directory: string): Promise<ExportState> {
  const path = join(directory, STATE);
  const file = await at(path, open(path, constants.O_RDONLY | PLAIN));
  try {
    if (!(await at(path, file.stat())).isFile()) throw new DirectoryError(path, 'is not a regular file');
    return parseState(await at(path, file.readFile('utf8')), path);
  } finally {
    await file.close();
  }
}

export function stringifyState({ blobs, ...state }: ExportState): string {
  return `${JSON.stringify({ ...state, blobs: Object.fromEntries(blobs) }, undefined, 2)}\n`;
}

/** Nothing in the file is believed unseen: people edit it, and disks damage it. */
function parseState(text: string, path: string): ExportState {
  try {
    const { handle, failed, manifest, blobs } = asObject(JSON.parse(text)) as unknown as ExportState;
    if (![undefined, true].includes(failed)) throw new TypeError('failed');
    return {
      ...(handle !== undefined && { handle: checkHandle(handle, '') }),
      ...(failed && { failed }),
      ...(manifest !== undefined && { manifest: parseManifest(manifest) }),
      blobs: new Map(Object.entries(asObject(blobs ?? {})).map(([name, blob]) => [name, parseBlob(blob as BlobState)])),
    };
  } catch {
    throw new DirectoryError(path, 'is damaged; restart the download');
  }
}

function asObject(value: unknown): object {
  if (typeof value === 'object' && value !== null) return value;
  throw new TypeError('object');
}

function parseManifest(manifest: StoredManifest) {
  assertText(manifest.eTag);
  if (manifest.blobs.some(({ name }) => typeof name !== 'string')) throw new TypeError('name');
  checkBlobNames(manifest, undefined);
  return manifest;
}

function parseBlob({ etag, md5, encoded, done, damaged }: BlobState): BlobState {
  assertText(etag);
  assertText(md5);
  const counts = done ? [done.bytes, done.lineItems, done.crc32 ?? 0] : [];
  const isRight = counts.every((count) => Number.isSafeInteger(count) && count >= 0);
  if (!isRight) throw new TypeError('done');
  for (const flag of [encoded, damaged]) if (![undefined, true].includes(flag)) throw new TypeError('flag');
  return { etag, md5, encoded, done, damaged };
}

function assertText(value: unknown): void {
  if (value !== undefined && typeof value !== 'string') throw new TypeError('text');
}
